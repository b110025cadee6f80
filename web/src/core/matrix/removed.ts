/** Takes removed articles out of what this browser keeps for visits without a connection, also while nobody looks. */
import { type MatrixClient, type MatrixEvent, RoomEvent } from "matrix-js-sdk";
import { keep, kept, unkeep } from "../store/idb";

const CHANNEL = "org.teahouse.channel";

export const shelf = (roomId: string): string => `channel.${roomId}`;
export const single = (roomId: string, id: string): string => `article.${roomId}.${id}`;

interface Shelf {
  at: number;
  events: { event_id: string; content: object; unsigned?: object }[];
}

/** Give what is left of an event once it was removed. */
export function withoutWords<T extends object>(raw: T, by: MatrixEvent): T {
  const because = { sender: by.getSender(), content: by.getContent() };
  return { ...raw, content: {}, unsigned: { redacted_because: because } };
}

async function forget(roomId: string, id: string, by: MatrixEvent): Promise<void> {
  await unkeep(single(roomId, id));
  const page = await kept<Shelf>(shelf(roomId));
  if (!page?.events.some((raw) => raw.event_id === id)) return;
  const events = page.events.map((raw) => (raw.event_id === id ? withoutWords(raw, by) : raw));
  await keep(shelf(roomId), { ...page, events });
}

export function forgetRemoved(client: MatrixClient): void {
  // What was removed may be older than all that the library knows, so that it says nothing of it but this.
  client.on(RoomEvent.Timeline, (event, room) => {
    const id = event.isRedaction() ? event.getAssociatedId() : undefined;
    if (id && room?.getType() === CHANNEL) forget(room.roomId, id, event).catch(() => {});
  });
}
