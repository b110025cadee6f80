/** What was typed and not sent, by chat; it survives leaving the chat and a reload. */
import { type Draft, database } from "./idb";

export async function loadDrafts(): Promise<Map<string, Draft>> {
  const db = await database();
  const [keys, values] = await Promise.all([db.getAllKeys("drafts"), db.getAll("drafts")]);
  return new Map(keys.map((key, index) => [key, values[index] as Draft]));
}

export async function saveDraft(roomId: string, text: string, quote?: string): Promise<void> {
  const db = await database();
  if (text.trim() === "" && !quote) await db.delete("drafts", roomId);
  else await db.put("drafts", { text, quote, at: Date.now() }, roomId);
}
