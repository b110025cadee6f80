/** An article as the content of a message, and back. What a message holds may be anybody's: text stays text. */
import type { ArticleCard } from "../model";
import { thumbnail } from "./media";

type Content = Record<string, unknown>;

/** The type of the rooms that are public accounts. */
export const CHANNEL = "org.teahouse.channel";
/** What makes a message an article, beside the rich text that every app shows. */
export const ARTICLE = "org.teahouse.article";
/** What makes a message the card of an article that lies elsewhere. */
export const CARD = "org.teahouse.article_card";
/** An event may have 65,536 bytes; what the server and the history of its room add to the content needs some of them. */
export const CONTENT_BYTES = 60_000;
const TITLE_CHARS = 200;
const SUMMARY_CHARS = 400;
const AUTHOR_CHARS = 80;
const COVER_SIDE = 800;

export interface Cover {
  mxc: string;
  width: number;
  height: number;
}

/** What somebody writes: `source` is the body with its marks, `html` what the marks mean. */
export interface Written {
  title: string;
  author: string;
  summary: string;
  cover?: Cover;
  source: string;
  html: string;
}

export interface Article {
  title: string;
  author: string;
  summary: string;
  cover?: { url: string; mxc: string; width: number; height: number };
  source: string;
  html?: string;
}

const record = (value: unknown): Content =>
  value && typeof value === "object" && !Array.isArray(value) ? (value as Content) : {};
const words = (value: unknown, most: number): string =>
  typeof value === "string" ? value.replace(/\s+/g, " ").trim().slice(0, most) : "";
const side = (value: unknown): number =>
  typeof value === "number" && value > 0 && value < 100_000 ? Math.round(value) : 0;

export function escaped(text: string): string {
  return text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;").replace(/"/g, "&quot;");
}

const heading = (title: string): string => `<h1>${escaped(title)}</h1>`;

/** Make the content of an article. The title stands in its text too, for apps that know nothing of articles. */
export function contentOf(article: Written): Content {
  const { title, author, summary, cover, source, html } = article;
  return {
    msgtype: "m.text",
    body: `${title}\n\n${source}`,
    format: "org.matrix.custom.html",
    formatted_body: heading(title) + html,
    "m.mentions": {},
    [ARTICLE]: {
      title,
      ...(author ? { author } : {}),
      ...(summary ? { summary } : {}),
      ...(cover ? { cover: { url: cover.mxc, w: cover.width, h: cover.height } } : {}),
    },
  };
}

/** How many bytes of a message a content takes. */
export function bytesOf(content: Content): number {
  return new TextEncoder().encode(JSON.stringify(content)).length;
}

/** Read an article; undefined when the message is an ordinary one. */
export function articleIn(content: Content): Article | undefined {
  const block = record(content[ARTICLE]);
  const raw = String(block.title ?? "");
  const title = words(block.title, TITLE_CHARS);
  if (!title) return undefined;
  const body = typeof content.body === "string" ? content.body : "";
  const rich = content.format === "org.matrix.custom.html" ? content.formatted_body : undefined;
  const above = heading(raw);
  const html = typeof rich === "string" && rich.startsWith(above) ? rich.slice(above.length) : rich;
  return {
    title,
    author: words(block.author, AUTHOR_CHARS),
    summary: words(block.summary, SUMMARY_CHARS),
    cover: coverIn(block.cover),
    source: body.startsWith(`${raw}\n\n`) ? body.slice(raw.length + 2) : body,
    html: typeof html === "string" ? html : undefined,
  };
}

function coverIn(value: unknown): Article["cover"] {
  const { url, w, h } = record(value);
  const shown = thumbnail(url, COVER_SIDE, "scale");
  return shown ? { url: shown, mxc: String(url), width: side(w), height: side(h) } : undefined;
}

/** Make the message that shows an article in a chat: a link for every app, a card in this one. */
export function cardContent(card: Omit<ArticleCard, "cover">, server: string, cover?: string): Content {
  const { room, event, title, summary, account } = card;
  const link = `https://matrix.to/#/${encodeURIComponent(room)}/${encodeURIComponent(event)}?via=${encodeURIComponent(server)}`;
  return {
    msgtype: "m.text",
    body: `${title} · ${account}\n${link}`,
    format: "org.matrix.custom.html",
    formatted_body: `<a href="${escaped(link)}">${escaped(title)}</a> · ${escaped(account)}`,
    "m.mentions": {},
    [CARD]: { room_id: room, event_id: event, title, summary, account, ...(cover ? { cover } : {}) },
  };
}

export function cardIn(content: Content): ArticleCard | undefined {
  const block = record(content[CARD]);
  const { room_id: room, event_id: event } = block;
  const title = words(block.title, TITLE_CHARS);
  if (!title || typeof room !== "string" || typeof event !== "string") return undefined;
  if (!room.startsWith("!") || !event.startsWith("$")) return undefined;
  return {
    room,
    event,
    title,
    summary: words(block.summary, SUMMARY_CHARS),
    account: words(block.account, AUTHOR_CHARS),
    cover: thumbnail(block.cover, COVER_SIDE, "scale"),
  };
}
