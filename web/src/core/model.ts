/** What the screens show, in words of their own: nothing here knows how it travels. */
export type SendState = "sent" | "waiting" | "sending" | "failed";

export interface Media {
  url: string;
  thumbnail?: string;
  name: string;
  mimetype: string;
  bytes: number;
  width?: number;
  height?: number;
  durationMs?: number;
  waveform?: number[];
  /** How to decrypt it, as the event says; absent for clear files. */
  encrypted?: EncryptedFile;
  encryptedThumbnail?: EncryptedFile;
}

export interface EncryptedFile {
  url: string;
  key: JsonWebKey;
  iv: string;
  hashes: Record<string, string>;
  v: string;
}

export type Kind =
  | "text"
  | "emote"
  | "notice"
  | "image"
  | "video"
  | "audio"
  | "voice"
  | "file"
  | "sticker"
  | "poll"
  | "place"
  | "unknown"
  | "recalled"
  | "undecryptable"
  | "system";

export interface SystemLine {
  what:
    | "created"
    | "joined"
    | "left"
    | "invited"
    | "removed"
    | "banned"
    | "refused"
    | "asked"
    | "renamed"
    | "topic"
    | "picture"
    | "personRenamed"
    | "encrypted"
    | "pinned"
    | "compares"
    | "powers";
  who: string;
  whom?: string;
  value?: string;
  /** The reason that was given. */
  why?: string;
  /** The id of whoever asks to be let in. */
  asker?: string;
}

export interface Reaction {
  key: string;
  count: number;
  names: string[];
  /** The id of my own reaction, to take it back. */
  mine?: string;
}

export interface Quote {
  id: string;
  sender: string;
  text: string;
  /** Absent as long as the quoted message is not loaded. */
  kind?: Kind;
  media?: Media;
}

export interface Poll {
  question: string;
  answers: { id: string; text: string }[];
  /** How many answers one may choose. */
  most: number;
  /** Whether the votes are shown before the end. */
  open: boolean;
}

export interface Message {
  key: string;
  id: string;
  mine: boolean;
  sender: string;
  senderName: string;
  senderAvatar?: string;
  at: number;
  kind: Kind;
  text: string;
  html?: string;
  media?: Media;
  poll?: Poll;
  place?: { latitude: number; longitude: number };
  quote?: Quote;
  reactions: Reaction[];
  edited: boolean;
  state: SendState;
  error?: string;
  /** The change to it that is on its way, whose state this is. */
  change?: string;
  encrypted: boolean;
  mentionsMe: boolean;
  system?: SystemLine;
  /** Of a recalled message: by whom, when it was not its sender. */
  recalledBy?: string;
  /** Why it can't be read. */
  trouble?: "waiting" | "beforeLogin" | "beforeJoin" | "withheld";
  inThread?: boolean;
  /** What photos that were sent together have in common. */
  album?: string;
  /** Set when it shows an article of a public account. */
  card?: ArticleCard;
}

/** Where an article lies, and what the one who sent the card says of it. */
export interface ArticleCard {
  room: string;
  event: string;
  title: string;
  summary: string;
  account: string;
  cover?: string;
}

/** Who has read the newest of my messages in a group. */
export interface ReadBy {
  id: string;
  count: number;
  /** The first few of them. */
  faces: Person[];
}

export type Item =
  // Photos that were sent together are one item: all of them, and the last one in `message`.
  | { type: "message"; key: string; message: Message; album?: Message[]; first: boolean; last: boolean }
  | { type: "time"; key: string; at: number; day: boolean }
  | { type: "unread"; key: string }
  | { type: "start"; key: string };

export interface ChatSummary {
  id: string;
  name: string;
  avatar?: string;
  /** The other person of a private chat. */
  person?: string;
  /** What that person calls themselves; `name` is my own name for them when there is one. */
  personName?: string;
  personIs?: "in" | "invited" | "gone";
  preview?: { sender?: string; message?: Message };
  at: number;
  unread: number;
  highlight: boolean;
  marked: boolean;
  muted: boolean;
  pinned: boolean;
  encrypted: boolean;
  members: number;
  mayWrite: boolean;
  /** Whether it is a public account, whose newest article `preview` has. */
  channel?: boolean;
}

export interface Invite {
  id: string;
  name: string;
  avatar?: string;
  from: string;
  fromName: string;
  private: boolean;
  greeting?: string;
  /** Whether I have to do with the inviter already. */
  known: boolean;
  at: number;
}

export interface Person {
  id: string;
  name: string;
  avatar?: string;
}

export interface Contact extends Person {
  /** What they call themselves; `name` is my own name for them when there is one. */
  ownName: string;
  /** The private chat with them. */
  chat: string;
  tags: string[];
}

export interface Member extends Person {
  role: "owner" | "admin" | "moderator" | "member";
  power: number;
  invited: boolean;
}
