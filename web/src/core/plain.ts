/** Names that others chose, for places where they stand among words of ours. */

/** A name without the signs that turn the direction of what follows them: "exe.jpg" could be "gpj.exe". */
export const unturned = (name: string): string => name.replace(/[\u202a-\u202e\u2066-\u2069]/g, "");

const WHOLE = 56;
const ENDING = 16;

/** A file's name that takes no more room than it deserves; its ending, which says what it is, stays. */
export function shortened(name: string): string {
  const letters = [...name];
  if (letters.length <= WHOLE) return name;
  return `${letters.slice(0, WHOLE - ENDING).join("")}…${letters.slice(-ENDING).join("")}`;
}
