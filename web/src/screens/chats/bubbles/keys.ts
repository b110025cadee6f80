/** What keys do on a message that has the focus. */
import type { Message } from "../../../core/model";
import type { ChatContext } from "../context.svelte";
import { copyText, startEdit, startRecall, startReply } from "../messageActions";

export function bubbleKeys(
  event: KeyboardEvent,
  message: Message,
  context: ChatContext,
  openMenu: () => void,
): void {
  if (event.target !== event.currentTarget || event.ctrlKey || event.metaKey || event.altKey) return;
  const all = [...document.querySelectorAll<HTMLElement>("article[data-event-id]")];
  const step = (by: number): void => all[all.indexOf(event.currentTarget as HTMLElement) + by]?.focus();
  const keys: Record<string, () => void> = {
    Enter: openMenu,
    ContextMenu: openMenu,
    ArrowUp: () => step(-1),
    ArrowDown: () => step(1),
    r: () => startReply(context, message),
    c: () => copyText(message),
    e: () => message.mine && startEdit(context, message),
    Delete: () => message.mine && void startRecall(context, message),
    " ": () => (event.currentTarget as HTMLElement).querySelector<HTMLElement>("[data-play]")?.click(),
  };
  const run = keys[event.key];
  if (!run) return;
  event.preventDefault();
  run();
}
