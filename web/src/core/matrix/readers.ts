/** Who has read what in a group, by the receipts that stand at a message or below it. */
import type { MatrixEvent, Room } from "matrix-js-sdk";
import { FACES } from "../limits";
import type { Message, Person, ReadBy } from "../model";
import { matrix } from "./client";
import { avatarOf, nameIn } from "./messages";

export interface Reader extends Person {
  at: number;
}

function receiptsFrom(
  room: Room,
  events: readonly MatrixEvent[],
  id: string,
  me: string,
): Map<string, number> {
  const found = new Map<string, number>();
  for (let index = events.length - 1; index >= 0; index--) {
    const event = events[index];
    if (!event) break;
    for (const { userId, data } of room.getReceiptsForEvent(event))
      if (userId !== me) found.set(userId, data.ts);
    if (event.getId() === id) break;
  }
  return found;
}

const personIn = (room: Room, id: string): Person => ({
  id,
  name: nameIn(room, id),
  avatar: avatarOf(room, id),
});

/** Tell who has read the newest of my messages; undefined when nobody has. */
export function readBy(
  room: Room,
  events: readonly MatrixEvent[],
  messages: Message[],
  me: string,
): ReadBy | undefined {
  const id = messages.findLast(
    (message) => message.mine && message.kind !== "system" && message.kind !== "recalled",
  )?.id;
  const readers = id ? [...receiptsFrom(room, events, id, me).keys()] : [];
  if (!id || readers.length === 0) return undefined;
  return { id, count: readers.length, faces: readers.slice(0, FACES).map((one) => personIn(room, one)) };
}

/** Give everybody who has read a message, who read last first. */
export function readersOf(roomId: string, id: string): Reader[] {
  const room = matrix().getRoom(roomId);
  if (!room) return [];
  const me = matrix().getUserId() ?? "";
  const around = room.getTimelineForEvent(id)?.getEvents() ?? [];
  const newest = room.getLiveTimeline().getEvents();
  const found = new Map([...receiptsFrom(room, newest, id, me), ...receiptsFrom(room, around, id, me)]);
  return [...found].map(([one, at]) => ({ ...personIn(room, one), at })).sort((a, b) => b.at - a.at);
}
