/** What the screens know of the microblog: plain objects, whatever the library's look like. */
/** The server's own emoji in some words: the path of each picture by what stands between its colons. */
export type Emojis = Record<string, string>;

export interface Account {
  id: string;
  handle: string;
  /** The user that it belongs to, as chats call them. */
  user: string;
  name: string;
  avatar?: string;
  header?: string;
  /** HTML of others: shown by RichText only, as are the values of the fields. */
  note: string;
  fields: { name: string; value: string; verified?: boolean }[];
  locked: boolean;
  bot: boolean;
  /** What the operators did to it, for everybody to see. */
  restraint?: "limited" | "suspended";
  hidden: boolean;
  followers: number;
  following: number;
  posts: number;
  url: string;
  since: number;
  emojis?: Emojis;
}

export type AttachmentKind = "image" | "gifv" | "video" | "audio";

export interface Attachment {
  id: string;
  kind: AttachmentKind;
  url: string;
  preview?: string;
  width?: number;
  height?: number;
  durationMs?: number;
  description: string;
}

export const VISIBILITIES = ["public", "unlisted", "private", "direct"] as const;
export type Visibility = (typeof VISIBILITIES)[number];
export const ALLOWED = ["public", "followers", "nobody"] as const;
/** Who may quote a post. */
export type Allowed = (typeof ALLOWED)[number];
export const REPLIERS = ["public", "followers", "mentioned", "nobody"] as const;
/** Who may comment on a post. */
export type Repliers = (typeof REPLIERS)[number];

export interface Poll {
  id: string;
  options: { title: string; votes?: number }[];
  multiple: boolean;
  ends?: number;
  over: boolean;
  voted: boolean;
  own: number[];
  votes: number;
  voters: number;
}

export interface Card {
  url: string;
  title: string;
  description: string;
  host: string;
  image?: string;
}

export interface Post {
  id: string;
  at: number;
  editedAt?: number;
  author: Account;
  html: string;
  emojis?: Emojis;
  /** The words without HTML, for titles, labels and copying. */
  text: string;
  spoiler: string;
  sensitive: boolean;
  visibility: Visibility;
  language?: string;
  url: string;
  replies: number;
  reposts: number;
  quotes: number;
  likes: number;
  liked: boolean;
  reposted: boolean;
  bookmarked: boolean;
  pinned: boolean;
  muted: boolean;
  media: Attachment[];
  poll?: Poll;
  card?: Card;
  /** The id of the quoted post; an empty one when it can't be shown. */
  quote?: string;
  replyTo?: { post: string; account: string };
  mentions: { id: string; handle: string }[];
  mayQuote: boolean;
  repliers: Repliers;
  /** The title of the filter of one's own that speaks of it. */
  filtered?: string;
}

/** A post's place in a list: the post, and who reposted it there. */
export interface Entry {
  key: string;
  post: string;
  by?: Account;
}

export interface Relation {
  following: boolean;
  requested: boolean;
  followedBy: boolean;
  asksToFollow: boolean;
  reposts: boolean;
  notifying: boolean;
  muting: boolean;
  blocking: boolean;
  blockedBy: boolean;
}

export interface Tag {
  name: string;
  uses: number;
  following: boolean;
}

export interface Notice {
  key: string;
  kind: string;
  at: number;
  count: number;
  people: Account[];
  /** The id of the newest notification in it. */
  newest: string;
  post?: string;
}

export interface Version {
  at: number;
  html: string;
  spoiler: string;
  media: Attachment[];
}

/** A post that waits for its time. */
export interface Scheduled {
  key: string;
  at: number;
  text: string;
  spoiler: string;
  visibility: Visibility;
  media: Attachment[];
}

/** What a few people wrote to each other in posts that only those see whom they mention. */
export interface Conversation {
  key: string;
  unread: boolean;
  people: Account[];
  last?: string;
}

export const PLACES = ["home", "notifications", "public", "thread", "account"] as const;
export type Place = (typeof PLACES)[number];

/** Words of one's own that hide posts, or cover them with a warning. */
export interface Filter {
  id: string;
  title: string;
  places: Place[];
  hides: boolean;
  until?: number;
  words: { id?: string; text: string; whole: boolean }[];
}

export interface Announcement {
  id: string;
  html: string;
  at: number;
  seen: boolean;
  emojis?: Emojis;
  reactions: { name: string; count: number; mine: boolean; image?: string }[];
}

/** Somebody whose notifications wait until I let them in. */
export interface Asking {
  key: string;
  account: Account;
  count: number;
  last?: string;
}

export interface List {
  id: string;
  title: string;
  exclusive: boolean;
}
