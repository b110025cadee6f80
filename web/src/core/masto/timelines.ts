/** The lists of posts, by name. */
import type { mastodon } from "masto";
import { keep, kept } from "../store/idb";
import { api, type Lister, type Page, pageOf } from "./client";
import { type Feed, feed } from "./feed.svelte";
import type { Entry } from "./model";
import { entry } from "./read";

const LIMIT = 20;

function listed(name: string, lister: () => unknown, more: object = {}): Feed {
  return feed(name, (params) =>
    pageOf<mastodon.v1.Status, Entry>(lister() as Lister, { limit: LIMIT, ...more, ...params }, entry),
  );
}

interface KeptPage {
  at: number;
  posts: mastodon.v1.Status[];
}
const KEPT_HOME = "timeline home";

/** What those I follow wrote. Its first page is kept in the browser, for a start without a connection. */
export const home = (): Feed =>
  feed("home", fetchHome, {
    load: async () => {
      const page = await kept<KeptPage>(KEPT_HOME);
      return page && { at: page.at, items: page.posts.flatMap(entry) };
    },
  });

async function fetchHome(params: Record<string, string>): Promise<Page<Entry>> {
  const lister = api().v1.timelines.home.list as unknown as Lister;
  const wires: mastodon.v1.Status[] = [];
  const page = await pageOf<mastodon.v1.Status, Entry>(lister, { limit: LIMIT, ...params }, (wire) => {
    wires.push(wire);
    return entry(wire);
  });
  if (Object.keys(params).length === 0)
    void keep(KEPT_HOME, { at: Date.now(), posts: wires }).catch(() => {});
  return page;
}

export const square = (): Feed => listed("square", () => api().v1.timelines.public.list, { local: true });
export const hot = (): Feed => listed("hot", () => api().v1.trends.statuses.list);
export const tagged = (tag: string): Feed =>
  listed(`tag ${tag}`, () => api().v1.timelines.tag.$select(encodeURIComponent(tag)).list);
export const bookmarks = (): Feed => listed("bookmarks", () => api().v1.bookmarks.list);
export const likes = (): Feed => listed("likes", () => api().v1.favourites.list);
export const ofList = (id: string): Feed =>
  listed(`list ${id}`, () => api().v1.timelines.list.$select(id).list);
export const quotesOf = (id: string): Feed =>
  listed(`quotes ${id}`, () => api().v1.statuses.$select(id).quotes.list);

export type ProfileTab = "posts" | "replies" | "media";
const SHOWN: Record<ProfileTab, object> = {
  posts: { excludeReplies: true },
  replies: {},
  media: { onlyMedia: true },
};
export const ofAccount = (id: string, tab: ProfileTab): Feed =>
  listed(`account ${id} ${tab}`, () => api().v1.accounts.$select(id).statuses.list, SHOWN[tab]);

/** Give the ids of the posts on top of somebody's page. */
export async function pinnedBy(id: string): Promise<string[]> {
  const wires = await api().v1.accounts.$select(id).statuses.list({ pinned: true });
  return wires.flatMap(entry).map((one) => one.post);
}

export type Order = "hot" | "newest" | "oldest";
/** A post's comments. The order is an addition of this server's, which the library has no words for. */
export const commentsOn = (id: string, order: Order): Feed =>
  listed(
    `comments ${id} ${order}`,
    () => (api().v1.statuses.$select(id) as unknown as { comments: { list: Lister } }).comments.list,
    { order },
  );
