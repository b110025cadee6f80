// Fails when a colour of words is too weak on a ground that it stands on (WCAG 2.2 AA: 4.5 to 1), in either theme.
import { readFileSync } from "node:fs";

const css = readFileSync("src/styles/tokens.css", "utf8");
const block = (start) => {
  const from = css.indexOf("{", css.indexOf(start)) + 1;
  return Object.fromEntries(
    [...css.slice(from, css.indexOf("}", from)).matchAll(/--([\w-]+):\s*(#[0-9a-f]{6})/g)].map((found) => [
      found[1],
      found[2],
    ]),
  );
};
const light = block(":root {");
const themes = {
  light,
  dark: { ...light, ...block(':root[data-theme="dark"] {\n  --bg') },
  system: { ...light, ...block(':root:not([data-theme="light"])') },
};
const pairs = [
  ...["bg", "surface", "surface-2"].flatMap((ground) =>
    ["text", "text-2", "accent-strong", "danger", "link"].map((words) => [words, ground]),
  ),
  ["text-on-accent", "accent"],
  ["own-text", "own"],
  ["own-2", "own"],
  ["danger", "danger-soft"],
  ["warn", "warn-soft"],
  ["accent-strong", "accent-soft"],
  ["text", "accent-soft"],
  ["text-2", "accent-soft"],
  ["link", "own"],
];
const channel = (value) => (value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
const luminance = (hex) => {
  const [r, g, b] = [1, 3, 5].map((at) => channel(Number.parseInt(hex.slice(at, at + 2), 16) / 255));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
let failed = false;
for (const [theme, colours] of Object.entries(themes)) {
  for (const [words, ground] of pairs) {
    const [high, low] = [luminance(colours[words]), luminance(colours[ground])].sort((a, b) => b - a);
    const ratio = (high + 0.05) / (low + 0.05);
    if (ratio >= 4.5) continue;
    failed = true;
    console.log(`${theme}: --${words} on --${ground} is ${ratio.toFixed(2)} to 1`);
  }
}
process.exit(failed ? 1 : 0);
