/** What a person can do with a message, for the menu and the keys alike. */

import { RECALL_MS } from "../../core/limits";
import { recall } from "../../core/matrix/actions";
import type { Message } from "../../core/model";
import { i18n } from "../../i18n";
import { overlay } from "../../ui/overlay.svelte";
import { attempt } from "../attempt";
import type { ChatContext } from "./context.svelte";

export function startReply(context: ChatContext, message: Message): void {
  if (message.state !== "sent") return;
  context.editing = undefined;
  context.quote = message;
}

export function startEdit(context: ChatContext, message: Message): void {
  if (message.state !== "sent" || message.kind !== "text") return;
  context.quote = undefined;
  context.editing = message;
}

export async function copyText(message: Message): Promise<void> {
  await navigator.clipboard.writeText(message.text);
  overlay.note(i18n.t.shell.copied);
}

export function recallLabel(message: Message): string {
  return Date.now() - message.at < RECALL_MS ? i18n.t.chats.recall : i18n.t.chats.deleteForAll;
}

export async function startRecall(context: ChatContext, message: Message): Promise<void> {
  const t = i18n.t.chats;
  const title = message.mine ? t.recallAsk : t.deleteForAll;
  const sure = await overlay.ask({ title, text: t.recallText, confirm: recallLabel(message), danger: true });
  if (sure === undefined) return;
  if (message.mine && message.kind === "text")
    context.recalled.set(message.id, { text: message.text, at: Date.now() });
  attempt(recall(context.chat.roomId, message));
}
