/** What a person can do with a message, for the menu and the keys alike. */

import { RECALL_MS } from "../../core/limits";
import { recall } from "../../core/matrix/actions";
import type { Message } from "../../core/model";
import { i18n } from "../../i18n";
import { overlay } from "../../ui/overlay.svelte";
import { attempt } from "../attempt";
import type { ChatContext } from "./context.svelte";

/** Whether the server has it, if not its newest words. */
export const isThere = (message: Message): boolean =>
  message.state === "sent" || message.change !== undefined;

export function startReply(context: ChatContext, message: Message): void {
  if (!isThere(message)) return;
  context.editing = undefined;
  context.quote = message;
}

export function startEdit(context: ChatContext, message: Message): void {
  if (!isThere(message) || message.kind !== "text") return;
  context.editing = message;
}

export function copyText(message: Message): void {
  const done = (): void => overlay.note(i18n.t.shell.copied);
  attempt(navigator.clipboard.writeText(message.text).then(done));
}

export function recallLabel(message: Message): string {
  return Date.now() - message.at < RECALL_MS ? i18n.t.chats.recall : i18n.t.chats.deleteForAll;
}

export async function startRecall(context: ChatContext, message: Message): Promise<void> {
  if (!isThere(message)) return;
  const t = i18n.t.chats;
  const title = message.mine ? t.recallAsk : t.deleteForAll;
  const sure = await overlay.ask({ title, text: t.recallText, confirm: recallLabel(message), danger: true });
  if (sure === undefined) return;
  if (message.mine && message.kind === "text")
    context.recalled.set(message.id, { text: message.text, at: Date.now() });
  attempt(recall(context.chat.roomId, message));
}
