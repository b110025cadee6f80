/** The allow-list for HTML of others, as finished nodes. Loaded with the first message that has any. */
import DOMPurify from "dompurify";
import { reachable } from "../core/mediaAccess";
import { i18n } from "../i18n";
import { BEHIND, hex, readable } from "./textColours";

const TAGS = [
  "b",
  "strong",
  "i",
  "em",
  "u",
  "s",
  "del",
  "sup",
  "sub",
  "small",
  "mark",
  "code",
  "pre",
  "blockquote",
  "p",
  "br",
  "hr",
  "span",
  "div",
  "ul",
  "ol",
  "li",
  "h1",
  "h2",
  "h3",
  "h4",
  "h5",
  "h6",
  "a",
  "img",
  "table",
  "caption",
  "thead",
  "tbody",
  "tr",
  "th",
  "td",
  "details",
  "summary",
  "ruby",
  "rt",
  "rp",
  "font",
];

/** The addresses of what is cleaned as it stands: pictures keep theirs until it is known where they go. */
const ADDRESS = /^(?:https?|mxc):/i;
// A picture can be one of this server's only.
const PICTURE = /^mxc:\/\/([\w.:[\]-]+)\/([\w-]+)$/;
let between = true;
const SPOILER = "data-mx-spoiler";
const COLOUR = "data-mx-color";
const BACKGROUND = "data-mx-bg-color";

// A picture between words can be one of this server's only. Its address is of our own origin from here on.
DOMPurify.addHook("beforeSanitizeAttributes", (node) => {
  if (node.tagName !== "IMG" || !between) return;
  const found = PICTURE.exec(node.getAttribute("src") ?? "");
  const path = found && `/_matrix/client/v1/media/thumbnail/${found[1]}/${found[2]}`;
  if (path) node.setAttribute("src", `${path}?width=96&height=96&method=scale`);
  else node.removeAttribute("src");
});

DOMPurify.addHook("afterSanitizeAttributes", (node) => {
  if (node.tagName !== "A") return;
  const href = node.getAttribute("href") ?? "";
  if (!/^https?:\/\//i.test(href)) node.removeAttribute("href");
  node.setAttribute("target", "_blank");
  node.setAttribute("rel", "noopener noreferrer");
});

/**
 * Give the allowed part of some HTML; mentions of people lead nowhere outside and are marked. `home` is the address
 * under which posts speak of their people and topics.
 */
export function sanitise(
  html: string,
  me?: string,
  home?: string,
  emojis?: Record<string, string>,
  pictures = false,
): DocumentFragment {
  between = !pictures;
  const fragment = DOMPurify.sanitize(html, {
    ALLOWED_TAGS: TAGS,
    ...(pictures && { ALLOWED_URI_REGEXP: ADDRESS }),
    ALLOWED_ATTR: [
      "href",
      "start",
      "colspan",
      "rowspan",
      "lang",
      "dir",
      "src",
      "alt",
      "title",
      "height",
      SPOILER,
      COLOUR,
      BACKGROUND,
      "color",
    ],
    ALLOW_DATA_ATTR: false,
    ALLOW_ARIA_ATTR: false,
    RETURN_DOM_FRAGMENT: true,
  });
  for (const link of fragment.querySelectorAll("a")) {
    mark(link, me);
    if (home) place(link, home);
  }
  for (const image of fragment.querySelectorAll("img")) (pictures ? hang : inline)(image);
  for (const hidden of fragment.querySelectorAll<HTMLElement>(`[${SPOILER}]`)) cover(hidden);
  const coloured = [...fragment.querySelectorAll<HTMLElement>(`[${COLOUR}], [${BACKGROUND}], [color]`)];
  for (const one of coloured) colour(one);
  for (const one of coloured) for (const name of [COLOUR, BACKGROUND, "color"]) one.removeAttribute(name);
  if (emojis) draw(fragment, emojis);
  return fragment;
}

// What hides words keeps its own colour. A colour alone is one for each theme.
function colour(words: HTMLElement): void {
  if (words.hasAttribute(SPOILER)) return;
  const wanted = hex(words.getAttribute(COLOUR)) ?? hex(words.getAttribute("color"));
  const behind = hex(words.getAttribute(BACKGROUND));
  const around =
    behind ?? hex(words.parentElement?.closest(`[${BACKGROUND}]`)?.getAttribute(BACKGROUND) ?? null);
  if (behind) words.style.backgroundColor = behind;
  if (around && (behind || wanted)) words.style.color = readable(wanted, [around]);
  else if (wanted) {
    words.style.setProperty("--on-light", readable(wanted, BEHIND.light));
    words.style.setProperty("--on-dark", readable(wanted, BEHIND.dark));
  } else return;
  words.classList.add("tinted");
}

const HIGHEST_PX = 120;

function inline(image: HTMLImageElement): void {
  if (!image.getAttribute("src")) {
    image.replaceWith(image.alt);
    return;
  }
  const height = Number.parseInt(image.getAttribute("height") ?? "", 10) || 32;
  image.removeAttribute("height");
  // Its place is kept free before it is loaded, so nothing jumps.
  image.style.height = `${Math.max(8, Math.min(height, HIGHEST_PX))}px`;
  image.className = "emoji";
}

/** Hide words until somebody asks for them. */
function cover(words: HTMLElement): void {
  const reason = words.getAttribute(SPOILER) ?? "";
  const name = i18n.t.shell.hidden(reason.slice(0, 100));
  const show = (event: Event): void => {
    event.stopPropagation();
    if (words.classList.contains("shown")) return;
    event.preventDefault();
    words.classList.add("shown");
    for (const one of ["role", "tabindex", "aria-label", "title"]) words.removeAttribute(one);
  };
  words.classList.add("spoiler");
  words.role = "button";
  words.tabIndex = 0;
  words.title = name;
  words.ariaLabel = name;
  words.addEventListener("click", show, true);
  words.addEventListener("keydown", (event) => event.key === "Enter" && show(event));
}

/** Clean HTML that is to be sent, by the same allow-list; what is asked for here is only the text. */
export function cleaned(html: string): string {
  // In a document of its own nothing is loaded.
  between = false;
  const box = document.implementation.createHTMLDocument("").createElement("div");
  box.append(
    DOMPurify.sanitize(html, {
      ALLOWED_TAGS: TAGS,
      ALLOWED_ATTR: ["href", "start", "src", "alt"],
      ALLOWED_URI_REGEXP: ADDRESS,
      RETURN_DOM_FRAGMENT: true,
    }),
  );
  for (const image of box.querySelectorAll("img"))
    if (!PICTURE.test(image.getAttribute("src") ?? "")) image.remove();
  for (const link of box.querySelectorAll("a"))
    for (const name of ["target", "rel"]) link.removeAttribute(name);
  return box.innerHTML;
}

// A picture in an article lies on this server, or is none. It is asked for in the size in which it is shown.
function hang(image: HTMLImageElement): void {
  const found = PICTURE.exec(image.getAttribute("src") ?? "");
  if (!found) {
    image.remove();
    return;
  }
  for (const name of ["src", "height", "title"]) image.removeAttribute(name);
  image.alt = image.alt || "";
  image.decoding = "async";
  const path = `/_matrix/client/v1/media/thumbnail/${found[1]}/${found[2]}?width=800&height=800&method=scale`;
  reachable(path).then(
    (url) => (image.src = url),
    () => image.remove(),
  );
}

// The server's own emoji stand between colons. Their pictures are of our own origin; the words were cleaned before.
function draw(fragment: DocumentFragment, emojis: Record<string, string>): void {
  const walker = document.createTreeWalker(fragment, NodeFilter.SHOW_TEXT);
  const texts: Text[] = [];
  while (walker.nextNode()) texts.push(walker.currentNode as Text);
  for (const text of texts) {
    const parts = text.data.split(/(:\w+:)/);
    if (parts.length === 1) continue;
    text.replaceWith(...parts.map((part) => picture(part, emojis) ?? part));
  }
}

function picture(part: string, emojis: Record<string, string>): HTMLImageElement | undefined {
  const name = /^:(\w+):$/.exec(part)?.[1];
  if (!name || !Object.hasOwn(emojis, name)) return undefined;
  return Object.assign(new Image(), { src: emojis[name], alt: part, title: part, className: "emoji" });
}

const SHOWN_CHARS = 36;

// Links to people, posts, topics and articles of this server stay in the app; a long address is shown by its beginning.
function place(link: HTMLAnchorElement, home: string): void {
  const href = link.getAttribute("href") ?? "";
  const path = href.startsWith(`${home}/`) ? href.slice(home.length) : "";
  const found = /^\/(?:@([\w.=/-]+?)(?:\/(\d+))?|tags\/([^/?#]+))$/.exec(path);
  if (found) {
    const [, person, post, tag] = found;
    link.removeAttribute("target");
    link.setAttribute(
      "href",
      post ? `/discover/post/${post}` : person ? `/discover/@${person}` : `/discover/tags/${tag}`,
    );
    return;
  }
  if (path.startsWith("/contacts/accounts/")) {
    link.removeAttribute("target");
    link.setAttribute("href", path);
  }
  if (link.textContent === href && href.length > SHOWN_CHARS) {
    link.title = href;
    link.textContent = `${href.replace(/^https?:\/\//, "").slice(0, SHOWN_CHARS)}…`;
  }
}

function mark(link: HTMLAnchorElement, me?: string): void {
  const found = /^https:\/\/matrix\.to\/#\/([^/?]+)/.exec(link.getAttribute("href") ?? "");
  if (!found?.[1]) return;
  let id = found[1];
  try {
    id = decodeURIComponent(id);
  } catch {
    return;
  }
  if (/^[!#]/.test(id)) {
    link.removeAttribute("target");
    link.setAttribute("href", `/chats/join/${encodeURIComponent(id)}`);
  }
  if (!id.startsWith("@")) return;
  link.className = id === me ? "mention me" : "mention";
  link.removeAttribute("target");
  link.setAttribute("href", `/contacts/${encodeURIComponent(id)}`);
}
