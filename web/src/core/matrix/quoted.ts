/** Quoted messages that lie outside of what is loaded: each is asked for once. */
import type { IEvent, MatrixEvent, Room } from "matrix-js-sdk";
import { matrix } from "./client";

const fetched = new Map<string, MatrixEvent>();
const asked = new Set<string>();

export function quotedEvent(room: Room, id: string): MatrixEvent | undefined {
  return room.findEventById(id) ?? fetched.get(id);
}

/** Ask for a quoted message; gives whether it has come with this. */
export async function fetchQuoted(roomId: string, id: string): Promise<boolean> {
  if (asked.has(id)) return false;
  asked.add(id);
  const client = matrix();
  try {
    const event = client.getEventMapper()((await client.fetchRoomEvent(roomId, id)) as IEvent);
    await client.decryptEventIfNeeded(event);
    fetched.set(id, event);
    return true;
  } catch {
    // Offline it may be asked again with the next opening; what may not be seen stays unnamed.
    if (!navigator.onLine) asked.delete(id);
    return false;
  }
}

/** Forget a message that was taken back: whoever quotes it asks for what is left. Gives whether it was here. */
export function forgetQuoted(id: string): boolean {
  return fetched.delete(id) && asked.delete(id);
}
