/** What a QR code or a link may lead to: somebody, or a group. Ours, matrix.to's and the `matrix:` form are known. */
export type Target = { person: string } | { group: string };

/** The address that opens somebody's card, in this app and behind its code. */
export function addressOf(person: string): string {
  return `${location.origin}/contacts/${encodeURIComponent(person)}`;
}

const PERSON = /^@[^\s:/]+:\S+$/;
const GROUP = /^[!#]\S+$/;

/** Read what a code or link says; undefined when it is about something else. `origin` is that of this app. */
export function targetOf(text: string, origin: string): Target | undefined {
  const found = idIn(text.trim(), origin);
  if (found && PERSON.test(found)) return { person: found };
  if (found && GROUP.test(found)) return { group: found };
  return undefined;
}

function idIn(text: string, origin: string): string | undefined {
  if (/^[@!#]/.test(text)) return text;
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    return undefined;
  }
  if (url.protocol === "matrix:") return fromUri(url.pathname);
  if (url.origin === origin)
    return decoded(/^\/(?:contacts|contacts\/accounts|chats\/join)\/([^/]+)$/.exec(url.pathname)?.[1]);
  if (url.hostname === "matrix.to") return decoded(/^#\/([^/?]+)/.exec(url.hash)?.[1]);
  return undefined;
}

function fromUri(path: string): string | undefined {
  const [kind, id] = path.split("/");
  const sigil = { u: "@", r: "#", roomid: "!" }[kind ?? ""];
  return sigil && id ? `${sigil}${decoded(id)}` : undefined;
}

function decoded(part: string | undefined): string | undefined {
  try {
    return part === undefined ? undefined : decodeURIComponent(part);
  } catch {
    return undefined;
  }
}
