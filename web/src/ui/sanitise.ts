/** The allow-list for HTML of others, as finished nodes. Loaded with the first message that has any. */
import DOMPurify from "dompurify";

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
  "table",
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
];

DOMPurify.addHook("afterSanitizeAttributes", (node) => {
  if (node.tagName !== "A") return;
  const href = node.getAttribute("href") ?? "";
  if (!/^https?:\/\//i.test(href)) node.removeAttribute("href");
  node.setAttribute("target", "_blank");
  node.setAttribute("rel", "noopener noreferrer");
});

/** Give the allowed part of some HTML; mentions of people lead nowhere outside and are marked. */
export function sanitise(html: string, me?: string): DocumentFragment {
  const fragment = DOMPurify.sanitize(html, {
    ALLOWED_TAGS: TAGS,
    ALLOWED_ATTR: ["href", "start", "colspan", "rowspan", "lang", "dir"],
    ALLOW_DATA_ATTR: false,
    ALLOW_ARIA_ATTR: false,
    RETURN_DOM_FRAGMENT: true,
  });
  for (const link of fragment.querySelectorAll("a")) mark(link, me);
  return fragment;
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
  if (!id.startsWith("@")) return;
  link.className = id === me ? "mention me" : "mention";
  link.removeAttribute("target");
  link.setAttribute("href", `/contacts/${encodeURIComponent(id)}`);
}
