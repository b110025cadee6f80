/** What a button of the bar above an article's body does to its text. Pure. */
export interface Field {
  text: string;
  start: number;
  end: number;
}

export const MARKS = ["heading", "bold", "italic", "list", "numbers", "quote", "link"] as const;
export type Mark = (typeof MARKS)[number];

const AROUND: Partial<Record<Mark, string>> = { bold: "**", italic: "*" };
const BEFORE: Partial<Record<Mark, string>> = { heading: "## ", list: "- ", numbers: "1. ", quote: "> " };

/** Put a mark on what is selected, or take it off; `word` stands in where nothing is selected. */
export function withMark(field: Field, mark: Mark, word: string): Field {
  const around = AROUND[mark];
  if (around) return wrapped(field, around, word);
  const before = BEFORE[mark];
  if (before) return begun(field, before);
  const { text, start, end } = field;
  const name = text.slice(start, end) || word;
  const address = "https://";
  const made = `[${name}](${address})`;
  const from = start + name.length + 3;
  return { text: text.slice(0, start) + made + text.slice(end), start: from, end: from + address.length };
}

function wrapped({ text, start, end }: Field, mark: string, word: string): Field {
  const size = mark.length;
  if (start >= size && text.slice(start - size, start) === mark && text.slice(end, end + size) === mark) {
    const bare = text.slice(0, start - size) + text.slice(start, end) + text.slice(end + size);
    return { text: bare, start: start - size, end: end - size };
  }
  const inside = text.slice(start, end) || word;
  const made = text.slice(0, start) + mark + inside + mark + text.slice(end);
  return { text: made, start: start + size, end: start + size + inside.length };
}

function begun({ text, start, end }: Field, mark: string): Field {
  const from = text.lastIndexOf("\n", start - 1) + 1;
  const lines = text.slice(from, end).split("\n");
  const all = lines.every((line) => line.startsWith(mark));
  const made = lines.map((line) => (all ? line.slice(mark.length) : mark + line)).join("\n");
  const grown = made.length - (end - from);
  const first = all ? -mark.length : mark.length;
  return {
    text: text.slice(0, from) + made + text.slice(end),
    start: Math.max(from, start + first),
    end: end + grown,
  };
}

/** Put a block, such as a picture, on a line of its own where the caret is. */
export function withBlock({ text, start, end }: Field, block: string): Field {
  const before = text.slice(0, start).trimEnd();
  const after = text.slice(end).trimStart();
  const made = `${before}${before ? "\n\n" : ""}${block}\n\n`;
  return { text: made + after, start: made.length, end: made.length };
}
