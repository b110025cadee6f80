import { expect, test } from "vitest";
import * as enParts from "./en";
import { accounts as accountsEn } from "./en/accounts";
import { chatMore as chatEn } from "./en/chatMore";
import { discover as discoverEn } from "./en/discover";
import { discoverMore as moreEn } from "./en/discoverMore";
import * as zhParts from "./zh";
import { accounts as accountsZh } from "./zh/accounts";
import { chatMore as chatZh } from "./zh/chatMore";
import { discover as discoverZh } from "./zh/discover";
import { discoverMore as moreZh } from "./zh/discoverMore";

// These words are loaded with their screens, so the others do not list them.
const en = { ...enParts, accounts: accountsEn, chatMore: chatEn, discover: discoverEn, discoverMore: moreEn };
const zh = { ...zhParts, accounts: accountsZh, chatMore: chatZh, discover: discoverZh, discoverMore: moreZh };

type Tree = Record<string, unknown>;

function leaves(tree: Tree, path = ""): string[] {
  return Object.entries(tree).flatMap(([key, value]) =>
    value && typeof value === "object" && !Array.isArray(value)
      ? leaves(value as Tree, `${path}.${key}`)
      : [`${path}.${key} ${typeof value}`],
  );
}

test("both languages have the same words", () => {
  expect(leaves(zh as unknown as Tree)).toEqual(leaves(en as unknown as Tree));
});

test("no word is empty", () => {
  const empty = (tree: Tree): string[] =>
    Object.entries(tree)
      .filter(([, value]) => value === "")
      .map(([key]) => key);
  expect([...Object.values(en), ...Object.values(zh)].flatMap((part) => empty(part as Tree))).toEqual([]);
});
