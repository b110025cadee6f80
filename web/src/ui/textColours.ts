/** Colours that others chose for their words, moved just far enough to be read on what is behind them. */

/** What bubbles look like in each theme, of which the hardest to read on decides (styles/tokens.css). */
export const BEHIND = { light: ["#ffffff", "#cfead9"], dark: ["#141816", "#23493a"] };
const ENOUGH = 4.5;
const STEPS = 20;

type Rgb = [number, number, number];

/** Give a colour as the protocol writes it (#rrggbb), or undefined for anything else. */
export function hex(value: string | null): string | undefined {
  return value && /^#[0-9a-f]{6}$/i.test(value) ? value.toLowerCase() : undefined;
}

const ENDS: Rgb[] = [
  [0, 0, 0],
  [255, 255, 255],
];

/** Give the colour nearest to the wanted one that can be read on all of these; the plainest when none is wanted. */
export function readable(wanted: string | undefined, behind: string[]): string {
  const least = (one: Rgb): number => Math.min(...behind.map((other) => contrast(one, rgb(other))));
  const end = ENDS.reduce((best, one) => (least(one) > least(best) ? one : best));
  if (!wanted) return written(end);
  const from = rgb(wanted);
  for (let step = 0; step < STEPS; step++) {
    const mixed = from.map((part, at) => Math.round(part + ((end[at] ?? 0) - part) * (step / STEPS))) as Rgb;
    if (least(mixed) >= ENOUGH) return written(mixed);
  }
  return written(end);
}

const rgb = (value: string): Rgb =>
  [1, 3, 5].map((at) => Number.parseInt(value.slice(at, at + 2), 16)) as Rgb;

const written = (one: Rgb): string => `#${one.map((part) => part.toString(16).padStart(2, "0")).join("")}`;

export const contrastOf = (one: string, other: string): number => contrast(rgb(one), rgb(other));

// As WCAG 2 reckons it.
function contrast(one: Rgb, other: Rgb): number {
  const [dark = 0, light = 0] = [brightness(one), brightness(other)].sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

function brightness(one: Rgb): number {
  const [red = 0, green = 0, blue = 0] = one.map((part) => {
    const value = part / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
