import { expect, test } from "vitest";
import { targetOf } from "./codes";

const HERE = "https://tea.example";

test("people are read from our own links, matrix.to, matrix: and bare handles", () => {
  const same = [
    `${HERE}/contacts/%40lin%3Atea.example`,
    "https://matrix.to/#/@lin:tea.example",
    "https://matrix.to/#/%40lin%3Atea.example?via=tea.example",
    "matrix:u/lin:tea.example?action=chat",
    " @lin:tea.example ",
  ];
  for (const text of same) expect(targetOf(text, HERE)).toEqual({ person: "@lin:tea.example" });
});

test("groups are read too", () => {
  expect(targetOf(`${HERE}/chats/join/!abc%3Atea.example`, HERE)).toEqual({ group: "!abc:tea.example" });
  expect(targetOf("https://matrix.to/#/%23tea:tea.example", HERE)).toEqual({ group: "#tea:tea.example" });
});

test("anything else leads nowhere", () => {
  const others = [
    "https://evil.example/contacts/@lin:tea.example",
    "javascript:alert(1)",
    "",
    "WIFI:S:tea;;",
    `${HERE}/contacts/new`,
    `${HERE}/contacts/%E0%A4%A`,
  ];
  for (const text of others) expect(targetOf(text, HERE)).toBeUndefined();
});
