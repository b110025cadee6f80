/** Turns what the server answers into what the screens know. Addresses of media become paths of our own origin. */
import type { mastodon } from "masto";
import { holder } from "../session.svelte";
import type {
  Account,
  Attachment,
  AttachmentKind,
  Card,
  Emojis,
  Entry,
  Notice,
  Poll,
  Post,
  Tag,
} from "./model";
import { posts } from "./posts.svelte";

type Wire = mastodon.v1.Status & {
  quotesCount?: number;
  quoteApproval?: { currentUser?: string };
  teahouse?: { replyPolicy?: Post["repliers"] };
};

export const when = (text: string | null | undefined): number => (text ? Date.parse(text) : 0);

/** Give the path of a file of this server; undefined for any other address, so that none is ever loaded. */
export function own(address: string | null | undefined): string | undefined {
  if (!address || !URL.canParse(address, location.origin)) return undefined;
  const url = new URL(address, location.origin);
  return /^\/(media|assets\/(avatars|headers))\//.test(url.pathname) ? url.pathname + url.search : undefined;
}

// A picture that its owner chose carries a version; the others are drawn by the server, and we draw ours.
const chosen = (address: string): string | undefined => (address.includes("?v=") ? own(address) : undefined);

/** Give the pictures of the server's own emoji; nothing where there are none. */
export function emojis(wires: readonly mastodon.v1.CustomEmoji[] | undefined): Emojis | undefined {
  if (!wires?.length) return undefined;
  const pairs = wires.flatMap((one) => {
    const picture = own(one.url);
    return picture ? [[one.shortcode, picture] as const] : [];
  });
  return Object.fromEntries(pairs);
}

export function account(wire: mastodon.v1.Account): Account {
  return {
    id: wire.id,
    handle: wire.username,
    user: `@${wire.username}:${holder.session?.userId.replace(/^[^:]*:/, "") ?? ""}`,
    name: wire.displayName || wire.username,
    avatar: chosen(wire.avatar),
    header: chosen(wire.header),
    note: wire.note,
    fields: wire.fields.map(({ name, value, verifiedAt }) => ({ name, value, verified: !!verifiedAt })),
    locked: wire.locked,
    bot: wire.bot,
    restraint: wire.suspended ? "suspended" : wire.limited ? "limited" : undefined,
    hidden: (wire as { hideCollections?: boolean }).hideCollections ?? false,
    followers: wire.followersCount,
    following: wire.followingCount,
    posts: wire.statusesCount,
    url: wire.url,
    since: when(wire.createdAt),
    emojis: emojis(wire.emojis),
  };
}

export function attachment(wire: mastodon.v1.MediaAttachment): Attachment[] {
  const url = own(wire.url);
  if (!url || wire.type === "unknown") return [];
  const meta = wire.meta as { original?: { width?: number; height?: number; duration?: number } } | null;
  const original = meta?.original;
  return [
    {
      id: wire.id,
      kind: wire.type as AttachmentKind,
      url,
      preview: own(wire.previewUrl),
      width: original?.width,
      height: original?.height,
      durationMs: original?.duration ? original.duration * 1000 : undefined,
      description: wire.description ?? "",
    },
  ];
}

export function poll(wire: mastodon.v1.Poll): Poll {
  return {
    id: wire.id,
    options: wire.options.map(({ title, votesCount }) => ({ title, votes: votesCount ?? undefined })),
    multiple: wire.multiple,
    ends: when(wire.expiresAt) || undefined,
    over: wire.expired,
    voted: wire.voted ?? false,
    own: wire.ownVotes ?? [],
    votes: wire.votesCount,
    voters: wire.votersCount ?? wire.votesCount,
  };
}

function card(wire: mastodon.v1.PreviewCard | null | undefined): Card | undefined {
  if (!wire || !/^https?:\/\//.test(wire.url) || !URL.canParse(wire.url)) return undefined;
  const { url, title, description } = wire;
  return { url, title, description, host: new URL(url).host, image: own(wire.image) };
}

/** Give the words of some HTML without ever making elements of it in the page. */
export function words(html: string): string {
  const lines = html.replace(/<br[^>]*>/gi, "\n").replace(/<\/p>\s*<p[^>]*>/gi, "\n\n");
  return lines
    .replace(/<[^>]*>/g, "")
    .replace(/&(lt|gt|quot|#x27|#39|amp);/g, (_, name: string) => ENTITIES[name] ?? "");
}
const ENTITIES: Record<string, string> = { lt: "<", gt: ">", quot: '"', "#x27": "'", "#39": "'", amp: "&" };

function quoteOf(wire: Wire): string | undefined {
  const { quote } = wire;
  if (!quote) return undefined;
  const quoted = "quotedStatus" in quote ? quote.quotedStatus : undefined;
  if (quoted) return post(quoted).id;
  return "quotedStatusId" in quote ? (quote.quotedStatusId ?? "") : "";
}

/** Take a post in, with those inside it; gives the one that is known from now on. */
export function post(status: mastodon.v1.Status): Post {
  const wire = status as Wire;
  const filter = wire.filtered?.find((one) => one.filter.filterAction === "warn");
  return posts.take({
    id: wire.id,
    at: when(wire.createdAt),
    editedAt: when(wire.editedAt) || undefined,
    author: account(wire.account),
    html: wire.content,
    emojis: emojis([
      ...wire.emojis,
      ...((wire.poll as { emojis?: mastodon.v1.CustomEmoji[] } | null)?.emojis ?? []),
    ]),
    text: words(wire.content),
    spoiler: wire.spoilerText,
    sensitive: wire.sensitive,
    visibility: wire.visibility as Post["visibility"],
    language: wire.language ?? undefined,
    url: wire.url ?? wire.uri,
    replies: wire.repliesCount,
    reposts: wire.reblogsCount,
    quotes: wire.quotesCount ?? 0,
    likes: wire.favouritesCount,
    liked: wire.favourited ?? false,
    reposted: wire.reblogged ?? false,
    bookmarked: wire.bookmarked ?? false,
    pinned: wire.pinned ?? false,
    muted: wire.muted ?? false,
    media: wire.mediaAttachments.flatMap(attachment),
    poll: wire.poll ? poll(wire.poll) : undefined,
    card: card(wire.card),
    quote: quoteOf(wire),
    replyTo:
      wire.inReplyToId && wire.inReplyToAccountId
        ? { post: wire.inReplyToId, account: wire.inReplyToAccountId }
        : undefined,
    mentions: wire.mentions.map(({ id, username }) => ({ id, handle: username })),
    mayQuote: (wire.quoteApproval?.currentUser ?? "automatic") === "automatic",
    repliers: wire.teahouse?.replyPolicy ?? "public",
    filtered: filter?.filter.title,
  });
}

/** Give a post's entry in a list; none when a filter hides it. */
export function entry(wire: mastodon.v1.Status): Entry[] {
  const shown = wire.reblog ?? wire;
  const filters = [...(wire.filtered ?? []), ...(shown.filtered ?? [])];
  if (filters.some((one) => one.filter.filterAction === "hide")) return [];
  const by = wire.reblog ? account(wire.account) : undefined;
  return [{ key: wire.id, post: post(shown).id, by }];
}

export function tag(wire: mastodon.v1.Tag): Tag {
  const uses = (wire.history ?? []).reduce((total, one) => total + Number(one.uses), 0);
  return { name: wire.name, uses, following: wire.following ?? false };
}

export function notices(wire: mastodon.v1.GroupedNotificationsResults): Notice[] {
  const people = new Map(wire.accounts.map((one) => [one.id, account(one)]));
  for (const one of wire.statuses) post(one);
  return wire.notificationGroups.map((group) => ({
    key: group.groupKey,
    kind: group.type,
    at: when(group.latestPageNotificationAt),
    count: group.notificationsCount,
    // The other field for it is a number, and ids here are larger than numbers of a browser are exact.
    newest: group.pageMaxId ?? String(group.mostRecentNotificationId),
    people: (group.sampleAccountIds as unknown as string[]).flatMap((id) => people.get(id) ?? []),
    post: "statusId" in group ? (group.statusId ?? undefined) : undefined,
  }));
}
