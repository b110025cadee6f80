import { expect, test, vi } from "vitest";

vi.stubGlobal("location", { pathname: "/", search: "" });
vi.stubGlobal("addEventListener", () => {});
vi.stubGlobal("history", { state: null });
vi.stubGlobal("document", { addEventListener: () => {} });
const { match, screenOf } = await import("./router.svelte");

test("a pattern gives its parts, decoded", () => {
  expect(match("/chats/:room", "/chats/!a%2Fb%3Ahost")).toEqual({ room: "!a/b:host" });
});

test("a path of another length or with other words is another place", () => {
  expect(match("/chats/:room", "/chats/a/info")).toBeUndefined();
  expect(match("/chats/:room/info", "/chats/a/search")).toBeUndefined();
});

test("a broken escape is no place instead of an error", () => {
  expect(match("/chats/:room", "/chats/%E0%A4%A")).toBeUndefined();
});

test("public addresses lead to their screens", () => {
  expect(screenOf("/@lin")).toBe("/discover/@lin");
  expect(screenOf("/@lin/1234")).toBe("/discover/post/1234");
  expect(screenOf("/tags/%E8%8C%B6")).toBe("/discover/tags/%E8%8C%B6");
  expect(screenOf("/chats/@lin")).toBe("/chats/@lin");
});
