/** Finds web addresses in plain text. Only http and https ever become links. */
export interface Part {
  text: string;
  href?: string;
}

const ADDRESS = /\bhttps?:\/\/[^\s<>"'`\u3000-\u303f\uff00-\uffef]+/gi;
const TRAILING = /[.,:;!?)\]}'"*_~]+$/;

export function linked(text: string): Part[] {
  const parts: Part[] = [];
  let done = 0;
  for (const found of text.matchAll(ADDRESS)) {
    let address = found[0];
    const tail = TRAILING.exec(address)?.[0] ?? "";
    // A bracket that the address itself opened belongs to it.
    if (tail && !(tail.startsWith(")") && address.includes("("))) address = address.slice(0, -tail.length);
    if (!URL.canParse(address)) continue;
    if (found.index > done) parts.push({ text: text.slice(done, found.index) });
    parts.push({ text: address, href: address });
    done = found.index + address.length;
  }
  if (done < text.length) parts.push({ text: text.slice(done) });
  return parts;
}
