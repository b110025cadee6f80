/** People of the microblog: finding them, following, muting, blocking, reporting. */
import type { mastodon } from "masto";
import { SvelteMap } from "svelte/reactivity";
import { api, type Lister, pageOf } from "./client";
import { Feed, forgetBlocked, forgetBy } from "./feed.svelte";
import type { Account, Post, Relation } from "./model";
import { account, entry, tag, when } from "./read";

/** What is between me and others, by their account's id; known for those whose profile was looked at. */
export const relations = new SvelteMap<string, Relation>();

function take(wire: mastodon.v1.Relationship): void {
  relations.set(wire.id, {
    following: wire.following,
    requested: wire.requested,
    followedBy: wire.followedBy,
    asksToFollow: wire.requestedBy ?? false,
    reposts: wire.showingReblogs,
    notifying: wire.notifying,
    muting: wire.muting,
    blocking: wire.blocking,
    blockedBy: wire.blockedBy,
  });
}

export async function loadRelations(ids: string[]): Promise<void> {
  const unknown = ids.filter((id) => !relations.has(id));
  if (unknown.length > 0)
    for (const one of await api().v1.accounts.relationships.fetch({ id: unknown })) take(one);
}

export async function personNamed(handle: string): Promise<Account> {
  const found = account(await api().v1.accounts.lookup({ acct: handle }));
  for (const one of await api().v1.accounts.relationships.fetch({ id: [found.id] })) take(one);
  return found;
}

const on = (id: string) => api().v1.accounts.$select(id);

export async function follow(id: string, how: { reblogs?: boolean; notify?: boolean } = {}): Promise<void> {
  take(await on(id).follow(how));
}
export async function unfollow(id: string): Promise<void> {
  take(await on(id).unfollow());
}
/** Mute somebody, for some time or until it is taken back; or take it back. */
export async function mute(id: string, wanted: boolean, seconds?: number): Promise<void> {
  take(wanted ? await on(id).mute(seconds ? { duration: seconds } : {}) : await on(id).unmute());
  if (wanted) forgetBy(id);
}
export async function block({ id, user }: Account, wanted: boolean): Promise<void> {
  take(wanted ? await on(id).block() : await on(id).unblock());
  if (wanted) forgetBlocked(new Set([user]));
}
export async function answerRequest(id: string, accept: boolean): Promise<void> {
  const request = api().v1.followRequests.$select(id);
  take(accept ? await request.authorize() : await request.reject());
}

export type PeopleKind = "followers" | "following" | "likes" | "reposts" | "muted" | "blocked" | "requests";

function lister(kind: PeopleKind, id: string): unknown {
  const { v1 } = api();
  const lists: Record<PeopleKind, () => unknown> = {
    followers: () => v1.accounts.$select(id).followers.list,
    following: () => v1.accounts.$select(id).following.list,
    likes: () => v1.statuses.$select(id).favouritedBy.list,
    reposts: () => v1.statuses.$select(id).rebloggedBy.list,
    muted: () => v1.mutes.list,
    blocked: () => v1.blocks.list,
    requests: () => v1.followRequests.list,
  };
  return lists[kind]();
}

export type PersonItem = Account & { key: string; mutedUntil?: number };

export function peopleFeed(kind: PeopleKind, id = ""): Feed<PersonItem> {
  return new Feed<PersonItem>(async (params) => {
    const read = (wire: mastodon.v1.Account): PersonItem[] => {
      const until = (wire as { muteExpiresAt?: string | null }).muteExpiresAt;
      return [{ ...account(wire), key: wire.id, mutedUntil: when(until) || undefined }];
    };
    const page = await pageOf<mastodon.v1.Account, PersonItem>(
      lister(kind, id) as Lister,
      { limit: 40, ...params },
      read,
    );
    await loadRelations(page.items.map((one) => one.id));
    return page;
  });
}

export async function suggestions(): Promise<Account[]> {
  const found = await api().v2.suggestions.list({ limit: 10 });
  return found.map((one) => account(one.account));
}

/** Give who or what fits the beginning of a mention or a topic. */
export async function suggest(asked: string): Promise<{ accounts: Account[]; tags: string[] }> {
  const q = asked.slice(1);
  if (!q) return { accounts: [], tags: [] };
  if (asked.startsWith("#")) {
    const { hashtags } = await api().v2.search.list({ q, type: "hashtags", limit: 5 });
    return { accounts: [], tags: hashtags.map((one) => one.name) };
  }
  const found = await api().v1.accounts.search.list({ q, limit: 5 });
  return { accounts: found.map(account), tags: [] };
}

export interface Found {
  people: Account[];
  tags: ReturnType<typeof tag>[];
  posts: string[];
}

export async function search(q: string): Promise<Found> {
  const found = await api().v2.search.list({ q, limit: 20, resolve: true });
  await loadRelations(found.accounts.map((one) => one.id)).catch(() => {});
  return {
    people: found.accounts.map(account),
    tags: found.hashtags.map(tag),
    posts: found.statuses.flatMap(entry).map((one) => one.post),
  };
}

export const REPORT_KINDS = ["spam", "legal", "violation", "other"] as const;

export async function report(
  about: Account,
  post: Post | undefined,
  category: (typeof REPORT_KINDS)[number],
  comment: string,
): Promise<void> {
  await api().v1.reports.create({
    accountId: about.id,
    statusIds: post ? [post.id] : [],
    category,
    comment,
  });
}
