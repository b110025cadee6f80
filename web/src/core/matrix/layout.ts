/** How the messages of a chat become a list: times, the line of the unread, groups of bubbles. */
import { GROUPED_MS, TIME_GAP_MS } from "../limits";
import type { Item, Message } from "../model";

/** Put times, the line of the unread and the groups of bubbles between messages. */
export function laidOut(messages: Message[], atStart: boolean, firstUnread?: string): Item[] {
  const items: Item[] = [];
  if (atStart) items.push({ type: "start", key: "start" });
  // The oldest loaded message is held back while there is more: how the next one looks depends on it, and what
  // is on the screen must not change its height when history is put above it.
  const held = !atStart && messages.length > 1 ? messages[0] : undefined;
  let before = held;
  for (const [index, message] of messages.entries()) {
    if (message === held) continue;
    if (message.id === firstUnread) {
      items.push({ type: "unread", key: "unread" });
      before = undefined;
    }
    const day = !before || new Date(before.at).toDateString() !== new Date(message.at).toDateString();
    if (day || !before || message.at - before.at > TIME_GAP_MS) {
      items.push({ type: "time", key: `time ${message.key}`, at: message.at, day });
      before = undefined;
    }
    const next = messages[index + 1];
    items.push({
      type: "message",
      key: message.key,
      message,
      first: !together(before, message),
      last: !together(message, next),
    });
    before = message;
  }
  return items;
}

const stands = (message: Message): boolean => message.kind === "system" || message.kind === "recalled";

function together(one: Message | undefined, other: Message | undefined): boolean {
  if (!one || !other || one.sender !== other.sender || stands(one) || stands(other)) return false;
  return (
    other.at - one.at < GROUPED_MS && new Date(one.at).toDateString() === new Date(other.at).toDateString()
  );
}
