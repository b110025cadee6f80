/** Proofs of the public log, as RFC 6962 and 9162 have them: that an entry is in it, and that it only ever grew. */
export type Hash = string;

const joined = (...parts: Uint8Array[]): Uint8Array<ArrayBuffer> =>
  new Uint8Array(parts.flatMap((part) => [...part]));

export const bytes = (base64: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));

const base64 = (data: Uint8Array): string => btoa(String.fromCharCode(...data));

export const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

export async function sha256(...parts: Uint8Array[]): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", joined(...parts)));
}

export const leafOf = async (entry: string): Promise<Hash> =>
  base64(await sha256(Uint8Array.of(0), utf8(entry)));

const pairOf = async (left: Hash, right: Hash): Promise<Hash> =>
  base64(await sha256(Uint8Array.of(1), bytes(left), bytes(right)));

/** Tell whether the path leads from an entry to the root of a tree of this size. */
export async function isIn(
  leaf: Hash,
  index: number,
  size: number,
  path: readonly Hash[],
  root: Hash,
): Promise<boolean> {
  if (index < 0 || index >= size) return false;
  let [at, last, hash] = [index, size - 1, leaf];
  for (const beside of path) {
    if (last === 0) return false;
    const isRight = at % 2 === 1;
    hash = isRight || at === last ? await pairOf(beside, hash) : await pairOf(hash, beside);
    if (!isRight && at === last) while (at % 2 === 0 && at > 0) [at, last] = [at >> 1, last >> 1];
    [at, last] = [at >> 1, last >> 1];
  }
  return last === 0 && hash === root;
}

/** Tell whether the tree of `now` begins with the one of `then`. */
export async function goesOn(
  then: { size: number; root: Hash },
  now: { size: number; root: Hash },
  proof: readonly Hash[],
): Promise<boolean> {
  if (then.size === now.size) return proof.length === 0 && then.root === now.root;
  if (then.size <= 0 || then.size > now.size) return false;
  const isWhole = Number.isInteger(Math.log2(then.size));
  const [first, ...rest] = isWhole ? [then.root, ...proof] : proof;
  if (first === undefined) return false;
  let [at, last, before, after] = [then.size - 1, now.size - 1, first, first];
  while (at % 2 === 1) [at, last] = [at >> 1, last >> 1];
  for (const beside of rest) {
    if (last === 0) return false;
    if (at % 2 === 1 || at === last) {
      [before, after] = [await pairOf(beside, before), await pairOf(beside, after)];
      while (at % 2 === 0 && at > 0) [at, last] = [at >> 1, last >> 1];
    } else after = await pairOf(after, beside);
    [at, last] = [at >> 1, last >> 1];
  }
  return last === 0 && before === then.root && after === now.root;
}
