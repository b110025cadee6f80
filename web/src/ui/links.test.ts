import { expect, test } from "vitest";
import { linked } from "./links";

const hrefs = (text: string) => linked(text).flatMap((part) => part.href ?? []);

test("the end of a sentence does not belong to its address", () => {
  expect(hrefs("See https://example.org/a. Or (http://b.org/c)!")).toEqual([
    "https://example.org/a",
    "http://b.org/c",
  ]);
});

test("an address ends where Chinese punctuation begins", () => {
  expect(hrefs("看这里https://example.org/茶，很好")).toEqual(["https://example.org/茶"]);
  expect(hrefs("看 https://example.org/茶，很好")).toEqual(["https://example.org/茶"]);
});

test("only http and https become links", () => {
  expect(hrefs("javascript:alert(1) data:text/html,x ftp://a.org file:///etc")).toEqual([]);
});

test("nothing of the text is lost", () => {
  const text = "a https://x.org b http://y.org/(z) c";
  expect(
    linked(text)
      .map((part) => part.text)
      .join(""),
  ).toBe(text);
});
