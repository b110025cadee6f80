/** A calm colour for somebody without a picture, always the same for the same id. */
const HUES = [152, 200, 28, 262, 338, 96, 178, 12, 224, 48];

export function hueOf(id: string): number {
  let sum = 0;
  for (const letter of id) sum = (sum * 31 + (letter.codePointAt(0) ?? 0)) >>> 0;
  return HUES[sum % HUES.length] ?? 152;
}

// Making one takes a slow phone several milliseconds, and a list has a name in each row.
let segmenter: Intl.Segmenter | undefined;

/** The first letter or character that says something. */
export function initialOf(name: string): string {
  segmenter ??= new Intl.Segmenter();
  const clean = name.replace(/^[@#!+\s]+/, "");
  for (const part of segmenter.segment(clean)) return part.segment.toLocaleUpperCase();
  return "·";
}
