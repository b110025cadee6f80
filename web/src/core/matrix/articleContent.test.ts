import { expect, test } from "vitest";
import { articleIn, bytesOf, cardContent, cardIn, contentOf } from "./articleContent";

const written = {
  title: "Tea & <b>time</b>",
  author: "Mei",
  summary: "How long?",
  cover: { mxc: "mxc://localhost/abc", width: 1600, height: 900 },
  source: "Three **minutes**.",
  html: "<p>Three <strong>minutes</strong>.</p>",
};

test("an article is read as it was written, and its title stands in the text of other apps", () => {
  const content = contentOf(written);
  expect(content.body).toBe("Tea & <b>time</b>\n\nThree **minutes**.");
  expect(content.formatted_body).toBe(
    "<h1>Tea &amp; &lt;b&gt;time&lt;/b&gt;</h1><p>Three <strong>minutes</strong>.</p>",
  );
  expect(articleIn(content)).toEqual({
    ...written,
    cover: {
      url: "/_matrix/client/v1/media/thumbnail/localhost/abc?width=800&height=800&method=scale",
      mxc: "mxc://localhost/abc",
      width: 1600,
      height: 900,
    },
  });
});

test("what is no article, or a spoilt one, is none", () => {
  expect(articleIn({ msgtype: "m.text", body: "hello" })).toBeUndefined();
  for (const block of [null, [], "x", {}, { title: 7 }, { title: " " }])
    expect(articleIn({ body: "hello", "org.teahouse.article": block })).toBeUndefined();
  const strange = { title: "A", author: {}, summary: 1, cover: { url: "javascript:alert(1)" } };
  expect(articleIn({ body: 5, formatted_body: "<p>", "org.teahouse.article": strange })).toEqual({
    title: "A",
    author: "",
    summary: "",
    cover: undefined,
    source: "",
    html: undefined,
  });
});

test("a card leads to its article, in other apps by a link", () => {
  const card = { room: "!r:localhost", event: "$e", title: "A", summary: "", account: "Tea" };
  const content = cardContent(card, "localhost");
  expect(content.body).toBe("A · Tea\nhttps://matrix.to/#/!r%3Alocalhost/%24e?via=localhost");
  expect(cardIn(content)).toEqual({ ...card, cover: undefined });
  expect(cardIn({ "org.teahouse.article_card": { ...card, room_id: "x", event_id: "y" } })).toBeUndefined();
});

test("the size of a content counts bytes, not characters", () => {
  expect(bytesOf({ body: "茶" })).toBe(14);
});
