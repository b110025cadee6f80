import { expect, test } from "vitest";
import { withBlock, withMark } from "./editing";

const at = (text: string, start = text.length, end = start) => ({ text, start, end });

test("bold goes around what is selected, and off again", () => {
  const bold = withMark(at("good tea", 5, 8), "bold", "words");
  expect(bold).toEqual({ text: "good **tea**", start: 7, end: 10 });
  expect(withMark(bold, "bold", "words")).toEqual({ text: "good tea", start: 5, end: 8 });
  expect(withMark(at(""), "italic", "words")).toEqual({ text: "*words*", start: 1, end: 6 });
});

test("a heading, a list and a quote begin the lines that are selected, and off again", () => {
  const list = withMark(at("a\nb\nc", 2, 5), "list", "");
  expect(list).toEqual({ text: "a\n- b\n- c", start: 4, end: 9 });
  expect(withMark(list, "list", "").text).toBe("a\nb\nc");
  expect(withMark(at("Title", 2), "heading", "").text).toBe("## Title");
});

test("a link selects where its address goes; a picture stands on a line of its own", () => {
  const link = withMark(at("see here", 4, 8), "link", "words");
  expect(link.text).toBe("see [here](https://)");
  expect(link.text.slice(link.start, link.end)).toBe("https://");
  expect(withBlock(at("one two", 3), "![](mxc://a/b)").text).toBe("one\n\n![](mxc://a/b)\n\ntwo");
});
