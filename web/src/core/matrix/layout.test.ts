import { expect, test } from "vitest";
import type { Message } from "../model";
import { laidOut } from "./layout";

function said(id: string, at: number, mine = false): Message {
  return { key: id, id, mine, sender: mine ? "me" : "you", at, kind: "text", state: "sent" } as Message;
}

const MINUTE = 60_000;
const types = (items: ReturnType<typeof laidOut>): string =>
  items.map((item) => (item.type === "message" ? item.message.id : item.type)).join(" ");

test("the line of the unread stands before the first unread message", () => {
  const messages = [said("a", 0), said("b", MINUTE), said("c", 2 * MINUTE)];
  expect(types(laidOut(messages, true, "b"))).toBe("start time a unread time b c");
});

test("the oldest message is held back while there is more before it", () => {
  const older = [said("a", 0), said("b", MINUTE), said("c", 2 * MINUTE)];
  const shown = laidOut(older.slice(1), false);
  expect(types(shown)).toBe("c");
  // What stood there looks the same with history above it.
  expect(laidOut(older, true).at(-1)).toEqual(shown.at(-1));
});

test("a time stands where nobody spoke for long, and begins a new group", () => {
  const items = laidOut([said("a", 0), said("b", MINUTE), said("c", 20 * MINUTE)], true);
  expect(types(items)).toBe("start time a b time c");
  const groups = items.flatMap((item) => (item.type === "message" ? [[item.first, item.last]] : []));
  expect(groups).toEqual([
    [true, false],
    [false, true],
    [true, true],
  ]);
});
