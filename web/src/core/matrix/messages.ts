/** Turns an event into what a screen shows. Every string in it was written by somebody else: text stays text. */
import { EventType, type MatrixEvent, MsgType, RelationType, type Room } from "matrix-js-sdk";
import type { Kind, Message, Quote, Reaction, SystemLine } from "../model";
import { unturned } from "../plain";
import { cardIn } from "./articleContent";
import { mediaOf, thumbnail } from "./media";
import { notes } from "./notes.svelte";
import { pollOf, STARTS } from "./pollContent";
import { quotedEvent } from "./quoted";

type Content = Record<string, unknown>;

const KINDS: Record<string, Kind> = {
  [MsgType.Text]: "text",
  [MsgType.Emote]: "emote",
  [MsgType.Notice]: "notice",
  [MsgType.Image]: "image",
  [MsgType.Video]: "video",
  [MsgType.Audio]: "audio",
  [MsgType.File]: "file",
  [MsgType.Location]: "place",
};

const MEDIA = new Set<Kind>(["image", "video", "audio", "voice", "file", "sticker"]);

/** What somebody said. */
const SAID = new Set<string>([EventType.RoomMessage, EventType.Sticker, ...STARTS]);

/** Give the name to call somebody by: my own for them, or else what the chat calls them. */
export function nameIn(room: Room | null, userId: string): string {
  return notes.nameOf(userId) ?? publicNameIn(room, userId);
}

/** Give what everybody calls somebody; two of the same name in one chat are told apart by their handles. */
export function publicNameIn(room: Room | null, userId: string): string {
  const member = room?.getMember(userId);
  const name = unturned(member?.rawDisplayName ?? "").trim();
  if (!name || name === userId) return handleOf(userId);
  return member?.disambiguate ? `${name} (${handleOf(userId)})` : name;
}

/** The short form of a user id. */
export function handleOf(userId: string): string {
  return userId.replace(/^@/, "").replace(/:.*$/, "");
}

/** Whether an event has a place of its own in a chat. */
export function isShown(event: MatrixEvent): boolean {
  if (event.isRelation(RelationType.Replace)) return false;
  // Votes, and that a poll is over.
  if (event.isRelation(RelationType.Reference)) return false;
  const type = event.getType();
  if (event.isRedacted()) {
    const isOne = isMessage(event) || event.isEncrypted() || type === EventType.RoomMessageEncrypted;
    return isOne && !wentWithAnother(event);
  }
  if (event.isState()) return systemLine(event) !== undefined;
  return isMessage(event) || type === EventType.RoomMessageEncrypted;
}

// An edit goes with the message that it changed; of what it was nothing is left but the reason why it is gone.
function wentWithAnother(event: MatrixEvent): boolean {
  const because = event.getUnsigned().redacted_because;
  const removed = because?.redacts ?? (because?.content as Content | undefined)?.redacts;
  return removed !== undefined && removed !== event.getId();
}

export function isMessage(event: MatrixEvent): boolean {
  const type = event.getType();
  return SAID.has(type) && event.getStateKey() === undefined;
}

export function toMessage(event: MatrixEvent, room: Room, me: string): Message {
  const sender = event.getSender() ?? "";
  const content = contentOf(event);
  const txn = event.getUnsigned().transaction_id;
  const system =
    event.isState() || content.msgtype === MsgType.KeyVerificationRequest
      ? systemLine(event, room)
      : undefined;
  const kind = kindOf(event, content, system !== undefined);
  const poll = kind === "poll" ? pollOf(content) : undefined;
  const media =
    kind === "text" || kind === "poll" || kind === "system" || kind === "recalled"
      ? undefined
      : mediaOf(content);
  const message: Message = {
    key: typeof txn === "string" ? txn : (event.getId() ?? ""),
    id: event.getId() ?? "",
    mine: sender === me,
    sender,
    senderName: nameIn(room, sender),
    senderAvatar: avatarOf(room, sender),
    at: event.getTs(),
    kind: media || !MEDIA.has(kind) ? kind : "text",
    text: media ? captionOf(content) : (poll?.question ?? textOf(content)),
    html: media && !captionOf(content) ? undefined : htmlOf(content),
    media,
    poll,
    place: kind === "place" ? placeOf(content) : undefined,
    quote: quoteOf(event, room),
    reactions: reactionsOf(event, room, me),
    edited: event.replacingEventId() !== undefined && kind !== "recalled",
    state: "sent",
    encrypted: event.isEncrypted(),
    mentionsMe: mentions(content, me),
    system,
  };
  if (kind === "recalled") {
    const by = event.getUnsigned().redacted_because?.sender;
    if (by && by !== sender) message.recalledBy = nameIn(room, by);
  }
  const { "teahouse.album": album } = content;
  if (typeof album === "string") message.album = album;
  if (kind === "text") message.card = cardIn(content);
  if (kind === "undecryptable") message.trouble = troubleOf(event);
  // What says nothing that is known here says at least that it is there.
  if (message.kind === "text" && !message.text.trim() && !message.html) message.kind = "unknown";
  return message;
}

/** What is said by now. The library takes an edit of an edit for an edit that says nothing. */
export function contentOf(event: MatrixEvent): Content {
  const edit = event.isRedacted() ? undefined : event.replacingEvent()?.getOriginalContent();
  return (edit?.["m.new_content"] as Content | undefined) ?? (event.getContent() as Content);
}

function placeOf(content: Content): Message["place"] {
  const uri = content.geo_uri ?? (content["m.location"] as Content | undefined)?.uri;
  const found = /^geo:(-?\d+(?:\.\d+)?),(-?\d+(?:\.\d+)?)/.exec(String(uri));
  return found ? { latitude: Number(found[1]), longitude: Number(found[2]) } : undefined;
}

function kindOf(event: MatrixEvent, content: Content, isSystem: boolean): Kind {
  if (event.isRedacted()) return "recalled";
  if (isSystem) return "system";
  if (event.isDecryptionFailure() || event.getType() === EventType.RoomMessageEncrypted)
    return "undecryptable";
  if (event.getType() === EventType.Sticker) return "sticker";
  if (STARTS.has(event.getType())) return pollOf(content) ? "poll" : "text";
  const kind = KINDS[String(content.msgtype)] ?? "text";
  return kind === "audio" && "org.matrix.msc3245.voice" in content ? "voice" : kind;
}

function troubleOf(event: MatrixEvent): Message["trouble"] {
  const reason = String(event.decryptionFailureReason ?? "");
  if (reason.startsWith("HISTORICAL_MESSAGE_USER_NOT_JOINED")) return "beforeJoin";
  if (reason.startsWith("HISTORICAL")) return "beforeLogin";
  return reason.startsWith("MEGOLM_KEY_WITHHELD") ? "withheld" : "waiting";
}

/** The words of a message; of a poll the question, or all that can be read of it. */
export function textOf(content: Content, answersToo = false): string {
  const poll = pollOf(content);
  if (poll && answersToo) return [poll.question, ...poll.answers.map(({ text }) => text)].join(" · ");
  const plain = poll?.question ?? content.body ?? content["org.matrix.msc1767.text"];
  const body = typeof plain === "string" ? plain : "";
  return inReplyTo(content) ? body.replace(/^(?:> .*\n)+\n?/, "") : body;
}

/** The words under a picture or file; its mere name is none. */
export function captionOf(content: Content): string {
  const named = typeof content.filename === "string" && content.filename !== content.body;
  return named ? textOf(content) : "";
}

function htmlOf(content: Content): string | undefined {
  if (content.format !== "org.matrix.custom.html" || typeof content.formatted_body !== "string")
    return undefined;
  return withoutFallback(content.formatted_body);
}

/** The words without what older apps repeat of a quoted message before them. */
export const withoutFallback = (html: string): string => html.replace(/<mx-reply>[\s\S]*?<\/mx-reply>/g, "");

/** A message as it will be once a change to it has arrived. */
export function changed(message: Message, content: Content): Message {
  const words = (content["m.new_content"] ?? {}) as Content;
  return { ...message, text: textOf(words), html: htmlOf(words), edited: true };
}

function inReplyTo(content: Content): string | undefined {
  const relates = content["m.relates_to"] as
    | { "m.in_reply_to"?: { event_id?: unknown }; is_falling_back?: boolean }
    | undefined;
  const id = relates?.["m.in_reply_to"]?.event_id;
  return typeof id === "string" ? id : undefined;
}

function quoteOf(event: MatrixEvent, room: Room): Quote | undefined {
  const thread = event.getWireContent()["m.relates_to"] as
    | { rel_type?: string; event_id?: string; is_falling_back?: boolean }
    | undefined;
  const isFallback = thread?.rel_type === RelationType.Thread && thread.is_falling_back;
  const id = isFallback
    ? thread?.event_id
    : (event.replyEventId ?? (thread?.rel_type === RelationType.Thread ? thread.event_id : undefined));
  if (!id) return undefined;
  const quoted = quotedEvent(room, id);
  if (!quoted) return { id, sender: "", text: "" };
  const content = contentOf(quoted);
  const media = mediaOf(content);
  return {
    id,
    sender: nameIn(room, quoted.getSender() ?? ""),
    text: media ? captionOf(content) : textOf(content),
    kind: kindOf(quoted, content, false),
    media,
  };
}

function reactionsOf(event: MatrixEvent, room: Room, me: string): Reaction[] {
  const id = event.getId();
  const related = id
    ? room.relations.getChildEventsForEvent(id, RelationType.Annotation, EventType.Reaction)
    : undefined;
  const sorted = related?.getSortedAnnotationsByKey() ?? [];
  return sorted
    .map(([key, events]) => {
      const live = [...events].filter((one) => !one.isRedacted());
      const mine = live.find((one) => one.getSender() === me)?.getId();
      const names = [...new Set(live.map((one) => nameIn(room, one.getSender() ?? "")))];
      return { key, count: names.length, names, mine };
    })
    .filter((reaction) => reaction.count > 0);
}

function mentions(content: Content, me: string): boolean {
  const named = content["m.mentions"] as { user_ids?: unknown; room?: unknown } | undefined;
  return (Array.isArray(named?.user_ids) && named.user_ids.includes(me)) || named?.room === true;
}

export function avatarOf(room: Room | null, userId: string): string | undefined {
  return thumbnail(room?.getMember(userId)?.getMxcAvatarUrl(), 96);
}

function systemLine(event: MatrixEvent, room?: Room): SystemLine | undefined {
  const content = event.getContent() as Content;
  const before = event.getPrevContent() as Content;
  const who = nameIn(room ?? null, event.getSender() ?? "");
  switch (event.getType()) {
    case EventType.RoomCreate:
      return { what: "created", who };
    case EventType.RoomMember:
      return memberLine(event, content, before, who, room);
    case EventType.RoomName:
      return { what: "renamed", who, value: String(content.name ?? "") };
    case EventType.RoomTopic:
      return { what: "topic", who, value: String(content.topic ?? "") };
    case EventType.RoomAvatar:
      return { what: "picture", who };
    case EventType.RoomEncryption:
      return { what: "encrypted", who };
    case EventType.RoomMessage:
      return { what: "compares", who };
    case EventType.RoomPinnedEvents:
      return { what: "pinned", who };
    default:
      return undefined;
  }
}

function memberLine(
  event: MatrixEvent,
  content: Content,
  before: Content,
  who: string,
  room?: Room,
): SystemLine | undefined {
  const target = event.getStateKey() ?? "";
  const byItself = event.getSender() === target;
  const named =
    typeof content.displayname === "string" && content.displayname
      ? unturned(content.displayname)
      : handleOf(target);
  const whom = room ? nameIn(room, target) : named;
  const was = before.membership;
  const why = typeof content.reason === "string" ? content.reason : undefined;
  switch (content.membership) {
    case "join":
      if (was !== "join") return { what: "joined", who: whom };
      if (before.displayname === content.displayname) return undefined;
      return {
        what: "personRenamed",
        who: unturned(String(before.displayname ?? handleOf(target))),
        value: named,
      };
    case "invite":
      return { what: "invited", who, whom };
    case "leave":
      if (byItself) return was === "invite" ? { what: "refused", who: whom } : { what: "left", who: whom };
      return { what: "removed", who, whom, why };
    case "ban":
      return { what: "banned", who, whom, why };
    case "knock":
      return { what: "asked", who: whom, asker: target };
    default:
      return undefined;
  }
}
