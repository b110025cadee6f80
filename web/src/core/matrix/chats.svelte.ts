/** The list of chats, kept current while the client syncs. */
import {
  ClientEvent,
  EventType,
  type MatrixClient,
  type MatrixEvent,
  MatrixEventEvent,
  NotificationCountType,
  type Room,
  RoomEvent,
  RoomMemberEvent,
  RoomStateEvent,
} from "matrix-js-sdk";
import type { ChatSummary, Invite } from "../model";
import { articleIn, CHANNEL } from "./articleContent";
import { matrix, NAMELESS } from "./client";
import { thumbnail } from "./media";
import { avatarOf, handleOf, isMessage, isShown, nameIn, publicNameIn, toMessage } from "./messages";
import { notes, PEOPLE_NOTES } from "./notes.svelte";

const REORDERING = new Set<string>([EventType.Direct, EventType.PushRules, PEOPLE_NOTES]);

class Chats {
  list = $state.raw<ChatSummary[]>([]);
  invites = $state.raw<Invite[]>([]);
  /** Who is typing, by chat; without oneself. */
  typing = $state.raw<Map<string, string[]>>(new Map());
  #client: MatrixClient | undefined;
  #cache = new Map<string, ChatSummary>();
  #stale = new Set<string>();
  #due = false;
  #people = new Map<string, string>();

  get unread(): number {
    return this.list.reduce(
      (sum, chat) => sum + (chat.muted ? 0 : chat.unread || (chat.marked ? 1 : 0)),
      this.invites.length,
    );
  }

  attach(client: MatrixClient): void {
    this.#client = client;
    this.#cache.clear();
    const stale = (room?: Room | string | null): void =>
      this.#changed(typeof room === "string" ? room : room?.roomId);
    client.on(ClientEvent.Room, stale);
    client.on(ClientEvent.DeleteRoom, stale);
    client.on(ClientEvent.Sync, () => this.#changed());
    client.on(RoomEvent.Timeline, (event, room, toStart) => !toStart && this.#relevant(event) && stale(room));
    client.on(RoomEvent.Redaction, (_, room) => stale(room));
    client.on(RoomEvent.Receipt, (_, room) => stale(room));
    client.on(RoomEvent.Name, stale);
    client.on(RoomEvent.Tags, (_, room) => stale(room));
    client.on(RoomEvent.AccountData, (_, room) => stale(room));
    client.on(RoomEvent.MyMembership, stale);
    client.on(RoomEvent.UnreadNotifications as never, (() => this.#all()) as never);
    client.on(RoomStateEvent.Events, (event) => stale(event.getRoomId()));
    client.on(MatrixEventEvent.Decrypted, (event) => stale(event.getRoomId()));
    client.on(MatrixEventEvent.Replaced, (event) => stale(event.getRoomId()));
    client.on(ClientEvent.AccountData, (event) => {
      if (REORDERING.has(event.getType())) this.#all();
    });
    client.on(RoomMemberEvent.Typing, (_, member) => this.#typed(member.roomId));
    this.#all();
  }

  chat(id: string): ChatSummary | undefined {
    return this.list.find((chat) => chat.id === id);
  }

  /** The private chat with somebody, when there is one. */
  privateChatWith(userId: string): string | undefined {
    return this.list.find((chat) => chat.person === userId)?.id;
  }

  /** Read everything anew. */
  #all(): void {
    this.#people = privateChats(this.#client);
    for (const room of this.#client?.getRooms() ?? []) this.#stale.add(room.roomId);
    this.#changed();
  }

  #relevant(event: MatrixEvent): boolean {
    return isShown(event) || event.getType() === EventType.Reaction || event.isRelation();
  }

  #changed(roomId?: string): void {
    if (roomId) this.#stale.add(roomId);
    if (this.#due) return;
    this.#due = true;
    queueMicrotask(() => {
      this.#due = false;
      this.#rebuild();
    });
  }

  #rebuild(): void {
    const client = this.#client;
    if (!client) return;
    const rooms = client.getVisibleRooms().filter((room) => !room.isSpaceRoom());
    const joined = rooms.filter((room) => room.getMyMembership() === "join");
    const known = new Set(joined.map((room) => room.roomId));
    for (const id of this.#cache.keys()) if (!known.has(id)) this.#cache.delete(id);
    for (const room of joined) {
      if (!this.#cache.has(room.roomId) || this.#stale.has(room.roomId)) {
        const made = summary(client, room, this.#people.get(room.roomId));
        if (made.channel) published(made, room, this.#cache.get(room.roomId));
        this.#cache.set(room.roomId, made);
      }
    }
    this.#stale.clear();
    this.list = [...this.#cache.values()].sort((a, b) => Number(b.pinned) - Number(a.pinned) || b.at - a.at);
    this.invites = rooms
      .filter((room) => room.getMyMembership() === "invite")
      .map((room) => invitation(client, room, this.#people))
      .sort((a, b) => b.at - a.at);
  }

  #typed(roomId: string): void {
    const room = this.#client?.getRoom(roomId);
    const me = this.#client?.getUserId();
    const names = (room?.getMembers() ?? [])
      .filter((member) => member.typing && member.userId !== me)
      .map((member) => nameIn(room ?? null, member.userId));
    const all = new Map(this.typing);
    if (names.length > 0) all.set(roomId, names);
    else all.delete(roomId);
    this.typing = all;
  }
}

/** Give the other person of each private chat, by room. */
function privateChats(client: MatrixClient | undefined): Map<string, string> {
  const content = client?.getAccountData(EventType.Direct)?.getContent() ?? {};
  const found = new Map<string, string>();
  for (const [person, rooms] of Object.entries(content)) {
    if (Array.isArray(rooms)) for (const room of rooms) found.set(String(room), person);
  }
  return found;
}

/** The newest event that has a place in the chat. */
export function lastShown(room: Room): MatrixEvent | undefined {
  const events = room.getLiveTimeline().getEvents();
  for (let index = events.length - 1; index >= 0; index--) {
    const event = events[index];
    if (event && isShown(event) && !isQuiet(event)) return event;
  }
  return undefined;
}

// Somebody's new name moves no chat to the top.
const isQuiet = (event: MatrixEvent): boolean =>
  event.getType() === EventType.RoomMember &&
  event.getContent().membership === "join" &&
  event.getPrevContent().membership === "join";

export function isMuted(client: MatrixClient, roomId: string): boolean {
  const rules = client.pushRules?.global;
  const silent = (actions: readonly unknown[]): boolean =>
    actions.length === 0 || actions.includes("dont_notify");
  const override = rules?.override?.find((rule) => rule.rule_id === roomId && rule.enabled);
  const own = rules?.room?.find((rule) => rule.rule_id === roomId && rule.enabled);
  return (override !== undefined && silent(override.actions)) || (own !== undefined && silent(own.actions));
}

function summary(client: MatrixClient, room: Room, person?: string): ChatSummary {
  const me = client.getUserId() ?? "";
  const last = lastShown(room);
  const message = last && toMessage(last, room, me);
  const isGroup = !person;
  const other = person ? room.getMember(person) : undefined;
  return {
    id: room.roomId,
    name: person
      ? (notes.nameOf(person) ?? (other ? nameIn(room, person) : nameOfAbsent(room, person)))
      : room.name,
    avatar:
      person && !room.getMxcAvatarUrl() ? avatarOf(room, person) : thumbnail(room.getMxcAvatarUrl(), 96),
    person,
    personName: person && (other ? publicNameIn(room, person) : nameOfAbsent(room, person)),
    personIs: person ? presenceIn(room, other?.membership) : undefined,
    preview: message && {
      message,
      sender: isGroup && !message.mine && message.kind !== "system" ? message.senderName : undefined,
    },
    at: last?.getTs() ?? room.getLastActiveTimestamp(),
    unread: room.getUnreadNotificationCount(NotificationCountType.Total),
    highlight: room.getUnreadNotificationCount(NotificationCountType.Highlight) > 0,
    marked: room.getAccountData("m.marked_unread")?.getContent().unread === true,
    muted: isMuted(client, room.roomId),
    pinned: "m.favourite" in room.tags,
    encrypted: room.hasEncryptionStateEvent(),
    members: room.getJoinedMemberCount(),
    // One's own membership may not be loaded yet.
    mayWrite: !movedTo(room.roomId) && (!room.getMember(me) || room.maySendMessage()),
    channel: room.getType() === CHANNEL,
  };
}

/** Where a chat goes on that was closed for that; it leaves the list once the other one is known. */
export function movedTo(roomId: string): string | undefined {
  const tombstone = matrix().getRoom(roomId)?.currentState.getStateEvents(EventType.RoomTombstone, "");
  const next: unknown = tombstone?.getContent().replacement_room;
  return typeof next === "string" && next ? next : undefined;
}

// In the list a public account is its newest article. Subscribers come and go without a word, and may have pushed the
// article out of what the browser holds: then it is the one that was known before.
function published(made: ChatSummary, room: Room, before?: ChatSummary): void {
  const me = room.client.getUserId() ?? "";
  const events = room.getLiveTimeline().getEvents();
  const last = events.findLast((event) => isShown(event) && isMessage(event) && !event.isRedacted());
  const joined = room.currentState.getStateEvents(EventType.RoomMember, me)?.getTs();
  const known = before?.preview?.message?.id;
  const gone = known !== undefined && room.findEventById(known)?.isRedacted();
  made.preview = last ? { message: toMessage(last, room, me) } : gone ? undefined : before?.preview;
  made.at = last?.getTs() ?? before?.at ?? joined ?? made.at;
  const message = last && made.preview?.message;
  if (message) message.text = articleIn(last.getContent())?.title ?? message.text;
}

/** Whether the other one of a private chat is in it; members that are not loaded yet are only counted. */
function presenceIn(room: Room, membership?: string): ChatSummary["personIs"] {
  if (membership === "join" || (!membership && room.getJoinedMemberCount() > 1)) return "in";
  return membership === "invite" || (!membership && room.getInvitedMemberCount() > 0) ? "invited" : "gone";
}

function nameOfAbsent(room: Room, person: string): string {
  return room.name && room.name !== NAMELESS ? room.name : handleOf(person);
}

function invitation(client: MatrixClient, room: Room, people: Map<string, string>): Invite {
  const me = client.getUserId() ?? "";
  const event = room.currentState.getStateEvents(EventType.RoomMember, me);
  const from = event?.getSender() ?? "";
  const sharing = client
    .getRooms()
    .some((one) => one.getMyMembership() === "join" && one.getMember(from)?.membership === "join");
  return {
    id: room.roomId,
    name: room.name,
    avatar: thumbnail(room.getMxcAvatarUrl(), 96) ?? avatarOf(room, from),
    from,
    fromName: nameIn(room, from),
    private: event?.getContent().is_direct === true,
    greeting: typeof event?.getContent().reason === "string" ? event.getContent().reason : undefined,
    known: sharing || [...people.values()].includes(from),
    at: event?.getTs() || Date.now(),
  };
}

export const chats = new Chats();
