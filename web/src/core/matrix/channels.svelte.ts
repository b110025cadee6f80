/**
 * Public accounts: rooms in which only editors speak and which everybody may read. Subscribing is joining. Each
 * function either works or throws with the server's reason.
 */
import {
  EventType,
  HistoryVisibility,
  Method,
  Preset,
  ReceiptType,
  type Room,
  type RoomType,
  Visibility,
} from "matrix-js-sdk";
import { keep, kept } from "../store/idb";
import { leaveChat, waitFor } from "./actions";
import { CHANNEL } from "./articleContent";
import { chats } from "./chats.svelte";
import { matrix } from "./client";
import { download, thumbnail } from "./media";

const PAGE = 20;
const EDITOR = 50;
const ADMIN = 100;

export interface Channel {
  id: string;
  alias?: string;
  name: string;
  about: string;
  avatar?: string;
  picture?: string;
  subscribers: number;
  subscribed: boolean;
  /** Whether I may publish, and whether I may change the account and choose its editors. */
  mayWrite: boolean;
  mayEdit: boolean;
  mayRemove: boolean;
}

/** The accounts that I am subscribed to, in the order of their names. */
export function subscribed(): { id: string; name: string; avatar?: string; members: number }[] {
  return chats.list
    .filter((one) => one.channel)
    .sort((a, b) => a.name.localeCompare(b.name, "zh-u-co-pinyin"));
}

/** Describe an account that I am subscribed to; undefined for any other. */
export function channelOf(roomId: string): Channel | undefined {
  const room = matrix().getRoom(roomId);
  if (room?.getMyMembership() !== "join" || room.getType() !== CHANNEL) return undefined;
  const me = matrix().getUserId() ?? "";
  const state = room.currentState;
  const power = room.getMember(me)?.powerLevel ?? 0;
  return {
    id: roomId,
    alias: room.getCanonicalAlias() ?? undefined,
    name: room.name,
    about: String(state.getStateEvents(EventType.RoomTopic, "")?.getContent().topic ?? ""),
    avatar: thumbnail(room.getMxcAvatarUrl(), 192),
    picture: download(room.getMxcAvatarUrl()),
    subscribers: room.getJoinedMemberCount(),
    subscribed: true,
    mayWrite: state.maySendEvent(EventType.RoomMessage, me),
    mayEdit: state.maySendStateEvent(EventType.RoomPowerLevels, me),
    mayRemove: state.hasSufficientPowerLevelFor("redact", power),
  };
}

/** The id of a room that I know by one of its names. */
export function idOf(idOrAlias: string): string | undefined {
  if (idOrAlias.startsWith("!")) return idOrAlias;
  const isIt = (room: Room): boolean => room.getCanonicalAlias() === idOrAlias;
  return matrix().getRooms().find(isIt)?.roomId;
}

interface Entry {
  room_id: string;
  canonical_alias?: string;
  name?: string;
  topic?: string;
  avatar_url?: string;
  num_joined_members: number;
  room_type?: string;
}

const described = (entry: Entry): Channel => ({
  id: entry.room_id,
  alias: entry.canonical_alias,
  name: entry.name ?? entry.canonical_alias ?? entry.room_id,
  about: entry.topic ?? "",
  avatar: thumbnail(entry.avatar_url, 192),
  picture: download(entry.avatar_url),
  subscribers: entry.num_joined_members,
  subscribed: false,
  mayWrite: false,
  mayEdit: false,
  mayRemove: false,
});

/** Look an account up from outside; without a connection as it was when it was last looked at. */
export async function lookUp(idOrAlias: string): Promise<Channel> {
  const key = `channelHead.${idOrAlias}`;
  try {
    const found = described((await matrix().getRoomSummary(idOrAlias)) as Entry);
    await keep(key, found);
    return found;
  } catch (error) {
    const known = (error as { errcode?: string }).errcode ? undefined : await kept<Channel>(key);
    if (known) return known;
    throw error;
  }
}

/** The accounts that the directory lists, page by page, largest first. */
export class Directory {
  items = $state.raw<Channel[]>([]);
  loading = $state(false);
  failed = $state(false);
  ended = $state(false);
  #since: string | undefined;

  constructor(readonly term: string) {}

  async more(): Promise<void> {
    if (this.loading || this.ended) return;
    this.loading = true;
    this.failed = false;
    try {
      const page = await findChannels(this.term, PAGE, this.#since);
      const known = new Set(this.items.map((one) => one.id));
      this.items = [...this.items, ...page.items.filter((one) => !known.has(one.id))];
      this.#since = page.next;
      this.ended = page.next === undefined;
    } catch {
      this.failed = true;
    } finally {
      this.loading = false;
    }
  }
}

export async function findChannels(
  term: string,
  limit: number,
  since?: string,
): Promise<{ items: Channel[]; next?: string }> {
  const filter = { generic_search_term: term || undefined, room_types: [CHANNEL as RoomType] };
  const page = await matrix().publicRooms({ limit, since, filter });
  return { items: (page.chunk as Entry[]).map(described), next: page.next_batch };
}

export async function subscribe(idOrAlias: string): Promise<string> {
  const { roomId } = await matrix().joinRoom(idOrAlias);
  await waitFor(roomId);
  return roomId;
}

export const unsubscribe = leaveChat;

export interface NewChannel {
  name: string;
  handle: string;
  about: string;
  picture?: Blob;
}

/** Make a public account. Editors publish and remove; who made it, and whom they make an equal, changes it. */
export async function createChannel({ name, handle, about, picture }: NewChannel): Promise<string> {
  const avatar = picture && (await matrix().uploadContent(picture, { type: picture.type })).content_uri;
  const { room_id } = await matrix().createRoom({
    preset: Preset.PublicChat,
    visibility: Visibility.Public,
    room_alias_name: handle,
    name,
    topic: about || undefined,
    creation_content: { type: CHANNEL },
    power_level_content_override: {
      users_default: 0,
      events_default: EDITOR,
      state_default: ADMIN,
      redact: EDITOR,
      kick: ADMIN,
      ban: ADMIN,
      invite: EDITOR,
      events: {
        // Readers may like, and take that back.
        [EventType.Reaction]: 0,
        [EventType.RoomRedaction]: 0,
        [EventType.RoomPinnedEvents]: EDITOR,
        [EventType.RoomTombstone]: 150,
      },
    },
    initial_state: [
      {
        type: EventType.RoomHistoryVisibility,
        state_key: "",
        content: { history_visibility: HistoryVisibility.WorldReadable },
      },
      ...(avatar ? [{ type: EventType.RoomAvatar, state_key: "", content: { url: avatar } }] : []),
    ],
  });
  await waitFor(room_id);
  return room_id;
}

/** Tell those who moderate this server about an account, or about an article in one. */
export async function reportChannel(roomId: string, reason: string, event?: string): Promise<void> {
  if (event && matrix().getRoom(roomId)?.getMyMembership() === "join") {
    await matrix().reportEvent(roomId, event, -100, reason);
    return;
  }
  // Only who is in a room can report one event of it; of others the account is reported, and which article is said.
  const path = `/rooms/${encodeURIComponent(roomId)}/report`;
  const body = { reason: event ? `${event}: ${reason}` : reason };
  await matrix().http.authedRequest(Method.Post, path, undefined, body);
}

/** The address that opens an account, or one of its articles, in this app. */
export function linkToChannel(idOrAlias: string, event?: string): string {
  const tail = event ? `/${encodeURIComponent(event)}` : "";
  return `${location.origin}/contacts/accounts/${encodeURIComponent(idOrAlias)}${tail}`;
}

const told = new Map<string, string>();

/** Note that everything is read. Only the server learns it: who reads what is no business of an account's. */
export async function markSeen(roomId: string): Promise<void> {
  const last = matrix().getRoom(roomId)?.getLiveTimeline().getEvents().at(-1);
  const id = last?.getId();
  // Saying it changes the list of chats, and whoever watches that comes here again.
  if (!last || !id?.startsWith("$") || told.get(roomId) === id) return;
  told.set(roomId, id);
  await matrix()
    .sendReadReceipt(last, ReceiptType.ReadPrivate, true)
    .catch(() => {});
}
