/** What the player needs to know of a message, and which message it plays next. */
import type { shownUrl } from "../../core/mediaAccess";
import type { Item, Message } from "../../core/model";
import type { Track } from "../../core/voice/player.svelte";

export function trackOf(message: Message, urlOf: typeof shownUrl): Track | undefined {
  const { media } = message;
  if (!media) return undefined;
  return {
    id: message.id,
    durationMs: media.durationMs ?? 0,
    url: () => urlOf(media.url, media.encrypted, media.mimetype),
  };
}

/** The next voice message after one that I have not heard yet, unless something else was said between. */
export function following(
  items: readonly Item[],
  id: string,
  heard: ReadonlySet<string>,
): Message | undefined {
  const at = items.findIndex((item) => item.type === "message" && item.message.id === id);
  if (at < 0) return undefined;
  for (const item of items.slice(at + 1)) {
    if (item.type !== "message") continue;
    const { message } = item;
    if (message.kind === "voice" && !message.mine && !heard.has(message.id)) return message;
  }
  return undefined;
}
