/**
 * Files names under the letters A to Z: Latin ones by their letter, Chinese ones by the first letter of their
 * pinyin. The browser's own collation knows the readings, so no dictionary travels: a character belongs to the
 * letter whose first character stands before it. Surnames that are read otherwise than the character are listed.
 */
const FIRST = "阿八嚓哒妸发旮哈丌咔垃妈拏噢妑七呥仨他屲夕丫帀";
const LETTERS = "ABCDEFGHJKLMNOPQRSTWXYZ";
const READ_OTHERWISE: Record<string, string> = {
  单: "S",
  曾: "Z",
  解: "X",
  仇: "Q",
  区: "O",
  查: "Z",
  朴: "P",
  乐: "Y",
  覃: "Q",
  缪: "M",
  冼: "X",
  种: "C",
  员: "Y",
  折: "S",
  秘: "B",
  盛: "S",
  翟: "Z",
  尉迟: "Y",
  万俟: "M",
  长孙: "Z",
  单于: "C",
  澹台: "T",
};
export const OTHERS = "#";

const pinyin = new Intl.Collator("zh-u-co-pinyin", { numeric: true, sensitivity: "base" });

/** The letter under which a name is found; `#` for what has none. */
export function letterOf(name: string): string {
  const clean = name.trim().normalize("NFKD");
  const [first = "", second = ""] = clean;
  const latin = first.toUpperCase();
  if (/^[A-Z]$/.test(latin)) return latin;
  if (!/\p{Script=Han}/u.test(first)) return OTHERS;
  const listed = READ_OTHERWISE[first + second] ?? READ_OTHERWISE[first];
  if (listed) return listed;
  let letter = OTHERS;
  for (const [index, start] of [...FIRST].entries()) {
    if (pinyin.compare(first, start) < 0) break;
    letter = LETTERS[index] ?? OTHERS;
  }
  return letter;
}

const known = new Map<string, string>();

/** The letters of a name, one a character or word: `zs` for 张三, `bc` for Bo Chen. */
export function initialsOf(name: string): string {
  let found = known.get(name);
  if (found === undefined) {
    const starts = name.match(/\p{Script=Han}|[\p{L}\p{N}]+/gu) ?? [];
    // A surname is read with what follows it, every other character by itself.
    found = starts.map((one, index) => letterOf(index === 0 ? name : one).toLowerCase()).join("");
    known.set(name, found);
  }
  return found;
}

/** Whether somebody's names hold what was typed, or are spelt by it in first letters. */
export function isFoundBy(names: string[], typed: string): boolean {
  const wanted = typed.trim().toLocaleLowerCase();
  return names.some(
    (name) =>
      name.toLocaleLowerCase().includes(wanted) ||
      (/^[a-z]{2,}$/.test(wanted) && initialsOf(name).startsWith(wanted)),
  );
}

export interface Section<T> {
  letter: string;
  items: T[];
}

/** Put people into sections from A to Z, what has no letter last; each sorted by its reading. */
export function sections<T>(all: T[], nameOf: (one: T) => string): Section<T>[] {
  const found = new Map<string, T[]>();
  for (const one of [...all].sort((a, b) => pinyin.compare(nameOf(a), nameOf(b)))) {
    const letter = letterOf(nameOf(one));
    const items = found.get(letter);
    if (items) items.push(one);
    else found.set(letter, [one]);
  }
  const rank = (letter: string): string => (letter === OTHERS ? "[" : letter);
  return [...found]
    .map(([letter, items]) => ({ letter, items }))
    .sort((a, b) => (rank(a.letter) < rank(b.letter) ? -1 : 1));
}
