/** People who are named in a message: how their names become links, and are found in those again. */
export interface Mention {
  id: string;
  name: string;
}

/** Stands for everybody in a group, where a mention names a person. */
export const EVERYBODY = "@room";

const LINK = "https://matrix.to/#/";

/**
 * Give who of the mentioned is still named in the words, and the words as HTML with links for the people among them;
 * no HTML where there is none. The longest name wins, so that nobody is found inside another's.
 */
export function named(text: string, mentions: Mention[]): { called: Mention[]; html?: string } {
  const names = [...new Set(mentions.map((one) => one.name))].sort((a, b) => b.length - a.length);
  if (names.length === 0) return { called: [] };
  const called = new Map<string, Mention>();
  let linked = false;
  let html = "";
  for (const part of text.split(new RegExp(`(@(?:${names.map(literally).join("|")}))`))) {
    const one = mentions.find(({ name }) => part === `@${name}`);
    if (one) called.set(one.id, one);
    const isPerson = one !== undefined && one.id !== EVERYBODY;
    linked ||= isPerson;
    html += isPerson ? `<a href="${LINK}${encodeURIComponent(one.id)}">${escaped(part)}</a>` : escaped(part);
  }
  return { called: [...called.values()], html: linked ? html.replace(/\n/g, "<br>") : undefined };
}

const literally = (name: string): string => name.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&");

/** Give whom a message mentions by links such as ours. */
export function mentionsIn(html = ""): Mention[] {
  const links = html.matchAll(/<a href="https:\/\/matrix\.to\/#\/([^"?/]+)">@([^<]+)<\/a>/g);
  return [...links].flatMap(([, id = "", name = ""]) => {
    const person = decoded(id);
    return person.startsWith("@") ? [{ id: person, name: unescaped(name) }] : [];
  });
}

function decoded(id: string): string {
  try {
    return decodeURIComponent(id);
  } catch {
    return "";
  }
}

const SIGNS: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

const escaped = (text: string): string => text.replace(/[&<>"]/g, (sign) => SIGNS[sign] ?? sign);

const unescaped = (text: string): string =>
  text.replace(
    /&(?:amp|lt|gt|quot);/g,
    (word) => Object.keys(SIGNS).find((sign) => SIGNS[sign] === word) ?? word,
  );
