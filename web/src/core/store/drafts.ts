/** What was typed and not sent, by chat; it survives leaving the chat and a reload. */
import { type Draft, database } from "./idb";

export async function loadDrafts(): Promise<Map<string, Draft>> {
  const db = await database();
  const [keys, values] = await Promise.all([db.getAllKeys("drafts"), db.getAll("drafts")]);
  return new Map(keys.map((key, index) => [key, values[index] as Draft]));
}

/** Keep what was typed; a draft without words and quote is none. */
export async function saveDraft(roomId: string, draft?: Draft): Promise<void> {
  const db = await database();
  if (draft) await db.put("drafts", draft, roomId);
  else await db.delete("drafts", roomId);
}
