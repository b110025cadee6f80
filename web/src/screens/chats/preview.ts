/** One line that says what a message is, for lists, notes and screen readers. */
import type { Message, Quote, SystemLine } from "../../core/model";
import { i18n } from "../../i18n";
import { seconds } from "../../i18n/dates";

export function systemText(line: SystemLine): string {
  const words = i18n.t.chats.system[line.what] as (...parts: string[]) => string;
  const other = line.what === "topic" ? brief(line.value ?? "", 200) : brief(line.whom ?? line.value ?? "");
  return words(brief(line.who), other, brief(line.why ?? "", 200));
}

/** A name as it stands in a line with other words: nobody's name takes all of the room. */
export function brief(name: string, most = 40): string {
  if (name.length <= most) return name;
  const letters = [...new Intl.Segmenter().segment(name.slice(0, most * 20))].map(({ segment }) => segment);
  return letters.length > most || name.length > most * 20 ? `${letters.slice(0, most).join("")}…` : name;
}

export function previewOf(message: Message): string {
  if (message.card) return i18n.t.chats.articleLine(message.card.title);
  return lineOf(message, () => recalledText(message));
}

/** What photos that were sent together are; words under them belong to the last. */
export function albumText(album: Message[]): string {
  const films = album.some((one) => one.kind === "video");
  const words = album.at(-1)?.text.replace(/\s+/g, " ").slice(0, 200) ?? "";
  return `${i18n.t.chats.several(album.length, films)} ${words}`.trim();
}

/** What a quote shows of the message that it quotes. */
export function quotedText(quote: Quote): string {
  const { kind } = quote;
  if (!kind) return i18n.t.chats.quoteGone;
  return lineOf({ ...quote, kind }, () => i18n.t.chats.recalled(brief(quote.sender)));
}

type Lined = Pick<Message, "kind" | "text" | "media" | "system">;

function lineOf(message: Lined, recalled: () => string): string {
  const t = i18n.t.chats;
  const words = message.text.replace(/\s+/g, " ").slice(0, 200);
  switch (message.kind) {
    case "system":
      return message.system ? systemText(message.system) : "";
    case "recalled":
      return recalled();
    case "undecryptable":
      return t.unreadable;
    case "image":
      return `${t.photo} ${words}`.trim();
    case "video":
      return `${t.video} ${words}`.trim();
    case "voice":
      return t.voice(seconds(message.media?.durationMs ?? 0));
    case "audio":
      return t.audio;
    case "file":
      return `${t.file} ${message.media?.name ?? ""}`;
    case "sticker":
      return t.sticker;
    case "poll":
      return `${t.poll} ${words}`;
    case "place":
      return `${t.place} ${words}`.trim();
    case "unknown":
      return t.unknown;
    default:
      return words;
  }
}

export function recalledText(message: Message): string {
  const t = i18n.t.chats;
  if (message.recalledBy) return t.removedBy(brief(message.recalledBy));
  return message.mine ? t.youRecalled : t.recalled(brief(message.senderName));
}
