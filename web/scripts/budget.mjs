// Fails when what a phone must load has grown beyond its budget (kB of 1000 bytes, gzip).
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

const STATIC = "../src/teahouse/static";
const files = readdirSync(join(STATIC, "assets")).filter((name) => /\.(js|css)$/.test(name));
const size = new Map(
  files.map((name) => [name, gzipSync(readFileSync(join(STATIC, "assets", name)), { level: 9 }).length]),
);

/** All files that an entry file brings along: what it imports, but not what it loads later. */
function closure(start, seen = new Set()) {
  for (const name of start) {
    if (seen.has(name) || !size.has(name)) continue;
    seen.add(name);
    const text = readFileSync(join(STATIC, "assets", name), "utf8");
    const imported = [...text.matchAll(/(?:import|from)\s*["']\.\/([^"']+\.js)["']/g)].map(
      (found) => found[1],
    );
    closure(imported, seen);
  }
  return seen;
}
const starting = (prefix) => files.filter((name) => name.startsWith(prefix) && name.endsWith(".js"));
const sum = (names) => [...names].reduce((total, name) => total + (size.get(name) ?? 0), 0) / 1000;

const html = readFileSync(join(STATIC, "index.html"), "utf8");
const entry = [...html.matchAll(/assets\/([^"]+\.js)/g)].map((found) => found[1]);
const shell = closure(entry);
const chats = closure(starting("first-list-"), new Set(shell));
const fromShell = (prefix) => closure(starting(prefix), new Set(chats));
const part = (prefix) => sum(fromShell(prefix)) - sum(chats);
const timelines = [...fromShell("microblog-screens-")].filter((name) => name.startsWith("microblog-"));
const budgets = [
  ["shell and sign-in", sum(shell), 60],
  ["first list of chats in all", sum(chats), 330],
  ["an open chat beside it", part("Room-"), 45],
  ["the microblog's timelines", sum(timelines), 45],
  ["the microblog's other screens", sum(starting("microblog-")) - sum(timelines), 45],
  ["rich text", part("sanitise-"), 30],
  ["an article, to read", part("sanitise-") + sum(starting("Article-")), 30],
  ["an article, to write", sum(starting("Write-")), 20],
  ["all style sheets", sum(files.filter((name) => name.endsWith(".css"))), 25],
];
let failed = false;
for (const [name, kB, most] of budgets) {
  const over = kB > most;
  failed ||= over;
  console.log(`${over ? "OVER " : "     "}${name}: ${kB.toFixed(1)} kB of ${most}`);
}
process.exit(failed ? 1 : 0);
