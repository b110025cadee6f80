/** One line that says what a message is, for lists, notes and screen readers. */
import type { Message, SystemLine } from "../../core/model";
import { i18n } from "../../i18n";
import { seconds } from "../../i18n/dates";

export function systemText(line: SystemLine): string {
  const words = i18n.t.chats.system[line.what] as (...parts: string[]) => string;
  return words(line.who, line.whom ?? line.value ?? "");
}

export function previewOf(message: Message): string {
  const t = i18n.t.chats;
  switch (message.kind) {
    case "system":
      return message.system ? systemText(message.system) : "";
    case "recalled":
      return recalledText(message);
    case "undecryptable":
      return t.unreadable;
    case "image":
      return t.photo;
    case "video":
      return t.video;
    case "voice":
      return t.voice(seconds(message.media?.durationMs ?? 0));
    case "audio":
      return t.audio;
    case "file":
      return `${t.file} ${message.media?.name ?? ""}`;
    case "sticker":
      return t.sticker;
    default:
      return message.text.replace(/\s+/g, " ").slice(0, 200);
  }
}

export function recalledText(message: Message): string {
  const t = i18n.t.chats;
  if (message.recalledBy) return t.removedBy(message.recalledBy);
  return message.mine ? t.youRecalled : t.recalled(message.senderName);
}
