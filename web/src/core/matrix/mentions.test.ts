import { expect, test } from "vitest";
import { EVERYBODY, mentionsIn, named } from "./mentions";

const li = { id: "@li:tea.example", name: "Li" };
const lin = { id: "@lin:tea.example", name: "Lin & <Co>" };
const link = (id: string, shown: string): string =>
  `<a href="https://matrix.to/#/${encodeURIComponent(id)}">${shown}</a>`;

test("a name inside a longer name is not taken for a mention", () => {
  const { called, html } = named("@Lin & <Co> and @Li?\n1 < 2", [li, lin]);
  expect(html).toBe(`${link(lin.id, "@Lin &amp; &lt;Co&gt;")} and ${link(li.id, "@Li")}?<br>1 &lt; 2`);
  expect(called).toEqual([lin, li]);
  expect(named("@Lin & <Co>", [li, lin]).called).toEqual([lin]);
});

test("who was deleted from the words again is not called, and everybody needs no link", () => {
  expect(named("nobody", [li])).toEqual({ called: [], html: undefined });
  const all = { id: EVERYBODY, name: "all (*)" };
  expect(named("@all (*): tea", [all])).toEqual({ called: [all], html: undefined });
});

test("mentions are found again in what was made of them, and nobody else's links are", () => {
  expect(mentionsIn(named("@Lin & <Co>, @Li", [li, lin]).html)).toEqual([lin, li]);
  const others = `<a href="https://matrix.to/#/%E0%A4%A">@x</a><a href="https://matrix.to/#/!room:a">@room</a><a href="https://tea.example">@y</a>`;
  expect(mentionsIn(others)).toEqual([]);
});
