import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { BEHIND, contrastOf, hex, readable } from "./textColours";

const tokens = readFileSync(new URL("../styles/tokens.css", import.meta.url), "utf8");
const CHOSEN = [
  "#ff0000",
  "#ffff00",
  "#00ff00",
  "#0000ff",
  "#808080",
  "#ffffff",
  "#000000",
  "#cfead9",
  "#23493a",
];

function token(name: string, theme: "light" | "dark"): string {
  const found = [...tokens.matchAll(new RegExp(`--${name}: (#[0-9a-f]{6})`, "g"))].map(([, value]) => value);
  return (theme === "light" ? found[0] : found.at(-1)) ?? "";
}

test.each(["light", "dark"] as const)("every colour can be read on every bubble of the %s theme", (theme) => {
  for (const wanted of CHOSEN) {
    const shown = readable(wanted, BEHIND[theme]);
    for (const name of ["bg", "surface", "own", "accent-soft"])
      expect(contrastOf(shown, token(name, theme)), `${wanted} on ${name}`).toBeGreaterThanOrEqual(4.4);
  }
});

test("a colour that can be read stays, and nobody hides words by a background", () => {
  expect(readable("#7a0000", BEHIND.light)).toBe("#7a0000");
  expect(readable(undefined, ["#222222"])).toBe("#ffffff");
  expect(contrastOf(readable("#123456", ["#123456"]), "#123456")).toBeGreaterThanOrEqual(4.5);
});

test("only colours as the protocol writes them are colours", () => {
  expect(hex("#FF00aa")).toBe("#ff00aa");
  for (const other of [null, "", "red", "#fff", "#ff00aa;x", "url(//x)", "#ff00ag"])
    expect(hex(other)).toBeUndefined();
});
