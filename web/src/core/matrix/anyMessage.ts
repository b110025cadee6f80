/** One message of a chat, wherever in its history it lies. */
import type { Message } from "../model";
import { matrix } from "./client";
import { toMessage } from "./messages";
import { fetchQuoted, quotedEvent } from "./quoted";

/** Give a message; undefined when it can't be had. */
export async function messageOf(roomId: string, id: string): Promise<Message | undefined> {
  const room = matrix().getRoom(roomId);
  if (!room) return undefined;
  if (!quotedEvent(room, id)) await fetchQuoted(roomId, id);
  const event = quotedEvent(room, id);
  return event && toMessage(event, room, matrix().getUserId() ?? "");
}
