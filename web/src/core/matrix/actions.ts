/** What a person can do in and with a chat. Each either works or throws with the server's reason. */
import {
  EventType,
  type MatrixEvent,
  MsgType,
  Preset,
  ReceiptType,
  RelationType,
  type StateEvents,
  Visibility,
} from "matrix-js-sdk";
import { TYPING_MS } from "../limits";
import type { Message } from "../model";
import { unturned } from "../plain";
import { settings } from "../store/settings.svelte";
import { chats } from "./chats.svelte";
import { matrix } from "./client";
import { EVERYBODY, type Mention, mentionsIn, named } from "./mentions";
import { contentOf, handleOf, withoutFallback } from "./messages";
import { notes } from "./notes.svelte";
import { outbox } from "./outbox.svelte";

type Content = Record<string, unknown>;

/** Whether I may call everybody in a chat at once. */
export function mayCallEverybody(roomId: string): boolean {
  const me = matrix().getUserId() ?? "";
  const room = matrix().getRoom(roomId);
  return !chats.chat(roomId)?.person && (room?.currentState.mayTriggerNotifOfType("room", me) ?? false);
}

/** Make the content of a text message; mentions become links in its formatted form. */
export function textContent(text: string, mentions: Mention[] = [], quote?: Message): Content {
  const content: Content = { msgtype: MsgType.Text, body: text };
  const { called, html } = named(text, mentions);
  content["m.mentions"] = told(called, quote);
  if (html) Object.assign(content, { format: "org.matrix.custom.html", formatted_body: html });
  if (quote) content["m.relates_to"] = { "m.in_reply_to": { event_id: quote.id } };
  return content;
}

// Whom a message is to be told to in particular.
function told(called: Mention[], quote?: Message): Content {
  const ids = new Set(called.map((one) => one.id));
  const everybody = ids.delete(EVERYBODY);
  if (quote && !quote.mine) ids.add(quote.sender);
  return { ...(ids.size > 0 && { user_ids: [...ids] }), ...(everybody && { room: true }) };
}

export function sendText(
  roomId: string,
  text: string,
  mentions: Mention[] = [],
  quote?: Message,
): Promise<string> {
  return outbox.send(roomId, EventType.RoomMessage, textContent(text, mentions, quote));
}

export function editText(
  roomId: string,
  message: Message,
  text: string,
  mentions: Mention[] = [],
): Promise<string> {
  const content = textContent(text, mentions);
  const known = new Set(mentionsIn(message.html).map((one) => one.id));
  return outbox.send(roomId, EventType.RoomMessage, {
    ...content,
    body: `* ${text}`,
    // Whoever was named before has heard of it then.
    "m.mentions": told(named(text, mentions).called.filter((one) => !known.has(one.id))),
    "m.new_content": content,
    "m.relates_to": { rel_type: RelationType.Replace, event_id: message.id },
  });
}

/** Add a reaction, or take one's own back. */
export async function toggleReaction(roomId: string, message: Message, key: string): Promise<void> {
  const mine = message.reactions.find((one) => one.key === key)?.mine;
  if (mine) await matrix().redactEvent(roomId, mine);
  else
    await outbox.send(roomId, EventType.Reaction, {
      "m.relates_to": { rel_type: RelationType.Annotation, event_id: message.id, key },
    });
}

export async function recall(roomId: string, message: Message, reason?: string): Promise<void> {
  await matrix().redactEvent(roomId, message.id, undefined, reason ? { reason } : undefined);
}

/** Send what a message holds to another chat, without its quote and mentions. */
export async function forward(message: Message, from: string, to: string): Promise<void> {
  const event = matrix().getRoom(from)?.findEventById(message.id);
  if (!event) throw new Error("the message is gone");
  const { "m.relates_to": _, "m.mentions": __, "m.new_content": ___, ...content } = contentOf(event);
  if (typeof content.formatted_body === "string")
    content.formatted_body = withoutFallback(content.formatted_body);
  const type = event.getType();
  // A poll begins anew there.
  if (message.poll) await outbox.send(to, type, content);
  else
    await outbox.send(to, type === EventType.Sticker ? type : EventType.RoomMessage, {
      ...content,
      body: message.text || content.body,
      "m.mentions": {},
    });
}

let typingIn: string | undefined;
let typingSince = 0;

/** Tell that the person types; at most every few seconds. */
export function typing(roomId: string, active: boolean): void {
  if (!settings.tellTyping) return;
  const now = Date.now();
  if (active && typingIn === roomId && now - typingSince < TYPING_MS / 2) return;
  if (!active && typingIn !== roomId) return;
  typingIn = active ? roomId : undefined;
  typingSince = now;
  matrix()
    .sendTyping(roomId, active, TYPING_MS)
    .catch(() => {});
}

/** Tell that everything up to the newest event is read. */
export async function markRead(roomId: string): Promise<void> {
  const room = matrix().getRoom(roomId);
  const last = room?.getLiveTimeline().getEvents().at(-1);
  if (!room || !last) return;
  if (room.getAccountData("m.marked_unread")?.getContent().unread) await markUnread(roomId, false);
  const id = last.getId();
  if (!id || room.getEventReadUpTo(matrix().getUserId() ?? "") === id) return;
  await matrix()
    .setRoomReadMarkers(roomId, id)
    .catch(() => {});
  await matrix()
    .sendReadReceipt(last, settings.tellRead ? ReceiptType.Read : ReceiptType.ReadPrivate, true)
    .catch(() => {});
}

export async function markAllRead(): Promise<void> {
  const unread = chats.list.filter((chat) => chat.unread > 0 || chat.marked);
  await Promise.all(unread.map((chat) => markRead(chat.id)));
}

/** The newest event that I have read, for the line above what is new. */
export function readMarker(roomId: string): string | undefined {
  const room = matrix().getRoom(roomId);
  const me = matrix().getUserId() ?? "";
  const known = [
    // What I said or did counts as read for the library; after a start it may hold that to be newer than what I read.
    room?.getEventReadUpTo(me, true),
    room?.getEventReadUpTo(me),
    room?.getAccountData(EventType.FullyRead)?.getContent().event_id as string | undefined,
    // Whoever has read nothing yet begins where they came in.
    room?.currentState.getStateEvents(EventType.RoomMember, me)?.getId(),
  ].filter((id) => id !== null && id !== undefined);
  return (
    room
      ?.getLiveTimeline()
      .getEvents()
      .findLast((event) => known.includes(event.getId() ?? ""))
      ?.getId() ?? known[0]
  );
}

export async function markUnread(roomId: string, unread: boolean): Promise<void> {
  await matrix().setRoomAccountData(roomId, "m.marked_unread" as never, { unread } as never);
}

export async function pinChat(roomId: string, pinned: boolean): Promise<void> {
  if (pinned) await matrix().setRoomTag(roomId, "m.favourite", { order: 0.5 });
  else await matrix().deleteRoomTag(roomId, "m.favourite");
}

export async function muteChat(roomId: string, muted: boolean): Promise<void> {
  await matrix().setRoomMutePushRule("global", roomId, muted);
}

/** Leave a chat and take it off the list. */
export async function leaveChat(roomId: string): Promise<void> {
  await matrix().leave(roomId);
  await outbox.forget(roomId);
  await matrix()
    .forget(roomId)
    .catch(() => {});
}

export async function acceptInvite(roomId: string): Promise<void> {
  const invite = chats.invites.find((one) => one.id === roomId);
  await matrix().joinRoom(roomId);
  if (invite?.private) await notePrivate(roomId, invite.from);
}

export async function declineInvite(roomId: string): Promise<void> {
  await leaveChat(roomId);
}

export async function notePrivate(roomId: string, person: string): Promise<void> {
  const content = { ...(matrix().getAccountData(EventType.Direct)?.getContent() ?? {}) } as Record<
    string,
    string[]
  >;
  content[person] = [...new Set([...(content[person] ?? []), roomId])];
  await matrix().setAccountData(EventType.Direct, content);
}

/** Open the private chat with somebody; makes an encrypted one when there is none. */
export async function privateChat(person: string): Promise<string> {
  const known = chats.privateChatWith(person);
  if (known) return known;
  const { room_id } = await matrix().createRoom({
    is_direct: true,
    invite: [person],
    preset: Preset.TrustedPrivateChat,
    visibility: Visibility.Private,
    initial_state: [
      { type: EventType.RoomEncryption, state_key: "", content: { algorithm: "m.megolm.v1.aes-sha2" } },
    ],
  });
  await notePrivate(room_id, person);
  await waitFor(room_id);
  return room_id;
}

export interface NewGroup {
  name: string;
  people: string[];
  encrypted: boolean;
}

export async function createGroup({ name, people, encrypted }: NewGroup): Promise<string> {
  const { room_id } = await matrix().createRoom({
    name,
    invite: people,
    preset: Preset.PrivateChat,
    visibility: Visibility.Private,
    initial_state: encrypted
      ? [{ type: EventType.RoomEncryption, state_key: "", content: { algorithm: "m.megolm.v1.aes-sha2" } }]
      : [],
  });
  await waitFor(room_id);
  return room_id;
}

/** Wait until sync has told of a room. */
export async function waitFor(roomId: string): Promise<void> {
  const isKnown = (): boolean => matrix().getRoom(roomId)?.getMyMembership() === "join";
  for (let waited = 0; waited < 100 && !isKnown(); waited++)
    await new Promise((done) => setTimeout(done, 50));
}

export async function searchPeople(term: string): Promise<{ id: string; name: string; avatar?: string }[]> {
  const { thumbnail } = await import("./media");
  const { results } = await matrix().searchUserDirectory({ term, limit: 20 });
  return results.map((one) => ({
    id: one.user_id,
    name: notes.nameOf(one.user_id) ?? (unturned(one.display_name ?? "") || handleOf(one.user_id)),
    avatar: thumbnail(one.avatar_url, 96),
  }));
}

export async function setState(roomId: string, type: string, content: Content, key = ""): Promise<void> {
  await matrix().sendStateEvent(roomId, type as keyof StateEvents, content as never, key);
}

export type { MatrixEvent };

export function pinnedIds(roomId: string): string[] {
  const content = matrix()
    .getRoom(roomId)
    ?.currentState.getStateEvents(EventType.RoomPinnedEvents, "")
    ?.getContent();
  return Array.isArray(content?.pinned) ? content.pinned.filter((id: unknown) => typeof id === "string") : [];
}

export async function pinMessage(roomId: string, eventId: string, pinned: boolean): Promise<void> {
  const others = pinnedIds(roomId).filter((id) => id !== eventId);
  await setState(roomId, EventType.RoomPinnedEvents, { pinned: pinned ? [...others, eventId] : others });
}

/** Whether I may choose what stands above the chat. */
export function mayPin(roomId: string): boolean {
  const me = matrix().getUserId() ?? "";
  const state = matrix().getRoom(roomId)?.currentState;
  return state?.maySendStateEvent(EventType.RoomPinnedEvents, me) ?? false;
}

/** Whether I may remove what others wrote. */
export function mayRemove(roomId: string): boolean {
  const client = matrix();
  const me = client.getUserId() ?? "";
  return (
    client.getRoom(roomId)?.currentState.hasSufficientPowerLevelFor("redact", powerOf(roomId, me)) ?? false
  );
}

export function powerOf(roomId: string, userId: string): number {
  return matrix().getRoom(roomId)?.getMember(userId)?.powerLevel ?? 0;
}

export async function reportMessage(roomId: string, eventId: string, reason: string): Promise<void> {
  await matrix().reportEvent(roomId, eventId, -100, reason);
}
