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

const photo = (id: string, at: number, more: object = {}): Message =>
  ({ ...said(id, at), kind: "image", text: "", media: {}, ...more }) as Message;
const shapes = (items: ReturnType<typeof laidOut>): string =>
  items
    .map((item) =>
      item.type === "message" ? (item.album ?? [item.message]).map((one) => one.id).join("+") : item.type,
    )
    .join(" ");

test("photos that were sent together are one album, up to nine and up to words", () => {
  const photos = ["a", "b", "c"].map((id, index) => photo(id, index * 1000));
  expect(shapes(laidOut([...photos, photo("d", MINUTE)], true))).toBe("start time a+b+c d");
  expect(shapes(laidOut([photo("a", 0), photo("b", 1, { text: "tea" }), photo("c", 2)], true))).toBe(
    "start time a+b c",
  );
  const ten = Array.from({ length: 10 }, (_, index) => photo(`${index}`, index));
  expect(shapes(laidOut(ten, true))).toBe("start time 0+1+2+3+4+5+6+7+8 9");
});

test("a slow upload does not part what carries the same mark, and another mark does", () => {
  const slow = [
    photo("a", 0, { album: "x" }),
    photo("b", MINUTE, { album: "x" }),
    photo("c", MINUTE + 1, { album: "y" }),
  ];
  expect(shapes(laidOut(slow, true))).toBe("start time a+b c");
});

test("what is new stands below its line, even within an album", () => {
  expect(shapes(laidOut([photo("a", 0), photo("b", 1)], true, "b"))).toBe("start time a unread time b");
});

test("an album that may begin earlier is held back whole", () => {
  expect(shapes(laidOut([photo("a", 0), photo("b", 1), said("c", 2)], false))).toBe("c");
});
