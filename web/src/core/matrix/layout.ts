/** How the messages of a chat become a list: times, the line of the unread, groups of bubbles. */
import { ALBUM_MS, GROUPED_MS, MOST_PHOTOS, TIME_GAP_MS } from "../limits";
import type { Item, Message } from "../model";

/** Put times, the line of the unread and the groups of bubbles between messages. */
export function laidOut(messages: Message[], atStart: boolean, firstUnread?: string): Item[] {
  const items: Item[] = [];
  if (atStart) items.push({ type: "start", key: "start" });
  const units = albums(messages, firstUnread);
  // The oldest loaded message is held back while there is more: how the next one looks depends on it, and what
  // is on the screen must not change its height when history is put above it.
  const held = !atStart && units.length > 1 ? units[0] : undefined;
  let before = held?.at(-1);
  for (const [index, unit] of units.entries()) {
    const [message] = unit;
    const newest = unit.at(-1);
    if (unit === held || !message || !newest) continue;
    if (message.id === firstUnread) {
      items.push({ type: "unread", key: "unread" });
      before = undefined;
    }
    const day = !before || new Date(before.at).toDateString() !== new Date(message.at).toDateString();
    if (day || !before || message.at - before.at > TIME_GAP_MS) {
      items.push({ type: "time", key: `time ${message.key}`, at: message.at, day });
      before = undefined;
    }
    items.push({
      type: "message",
      key: message.key,
      message: newest,
      ...(unit.length > 1 ? { album: unit } : {}),
      first: !together(before, message),
      last: !together(newest, units[index + 1]?.[0]),
    });
    before = newest;
  }
  return items;
}

/** Put photos and films that were sent together into one; everything else stands alone. */
function albums(messages: Message[], firstUnread?: string): Message[][] {
  const units: Message[][] = [];
  for (const message of messages) {
    const unit = units.at(-1);
    const before = unit?.at(-1);
    if (
      unit &&
      before &&
      unit.length < MOST_PHOTOS &&
      message.id !== firstUnread &&
      inOneAlbum(before, message)
    )
      unit.push(message);
    else units.push([message]);
  }
  return units;
}

const isPhoto = ({ kind, media, quote }: Message): boolean =>
  (kind === "image" || kind === "video") && media !== undefined && !quote;

// Words end an album: they stand below its last photo.
function inOneAlbum(one: Message, other: Message): boolean {
  if (one.sender !== other.sender || !isPhoto(one) || !isPhoto(other) || one.text) return false;
  if (one.album || other.album) return one.album === other.album;
  return other.at - one.at < ALBUM_MS;
}

const stands = (message: Message): boolean => message.kind === "system" || message.kind === "recalled";

function together(one: Message | undefined, other: Message | undefined): boolean {
  if (!one || !other || one.sender !== other.sender || stands(one) || stands(other)) return false;
  return (
    other.at - one.at < GROUPED_MS && new Date(one.at).toDateString() === new Date(other.at).toDateString()
  );
}
