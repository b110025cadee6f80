/** What the screens know of the microblog: plain objects, whatever the library's look like. */
export interface Account {
  id: string;
  handle: string;
  name: string;
  avatar?: string;
  header?: string;
  /** HTML of others: shown by RichText only, as are the values of the fields. */
  note: string;
  fields: { name: string; value: string }[];
  locked: boolean;
  bot: boolean;
  hidden: boolean;
  followers: number;
  following: number;
  posts: number;
  url: string;
  since: number;
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

export interface List {
  id: string;
  title: string;
  exclusive: boolean;
}
