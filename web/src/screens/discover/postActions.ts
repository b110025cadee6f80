/** What can be done to a post, from its menu, its buttons and its keys. */
import { bookmark, like, muteThread, pin, remove, repost } from "../../core/masto/marks";
import type { Account, Post } from "../../core/masto/model";
import { block, relations } from "../../core/masto/people";
import { social } from "../../core/masto/social.svelte";
import { i18n } from "../../i18n";
import { words } from "../../i18n/discover";
import { router } from "../../router.svelte";
import type { MenuItem } from "../../ui/Menu.svelte";
import { overlay } from "../../ui/overlay.svelte";
import { attempt } from "../attempt";
import { sheets } from "./above.svelte";

export const addressOf = (post: Post): string => `/discover/post/${post.id}`;
export const profileOf = (handle: string): string => `/discover/@${handle}`;
export const write = (about: Record<string, string> = {}): void =>
  router.go(`/discover/write?${new URLSearchParams(about)}`.replace(/\?$/, ""));

export const canRepost = (post: Post): boolean =>
  post.visibility === "public" ||
  post.visibility === "unlisted" ||
  (post.visibility === "private" && social.isMe(post.author.id));

/** Whether the author takes comments from me; of whom only followers may ask, the server knows best. */
export function mayReply(post: Post): boolean {
  const { author, mentions, repliers } = post;
  if (repliers === "public" || social.isMe(author.id) || mentions.some((one) => social.isMe(one.id)))
    return true;
  return repliers === "followers" && (relations.get(author.id)?.following ?? true);
}

export async function copyLink(address: string): Promise<void> {
  await navigator.clipboard.writeText(address);
  overlay.note(i18n.t.shell.copied);
}

export async function askBlock(person: Account): Promise<void> {
  const { t } = words;
  const question = { title: t.blockAsk(person.name), text: t.blockText, confirm: t.block, danger: true };
  if ((await overlay.ask(question)) !== undefined) await block(person, true);
}

async function askRemove(post: Post): Promise<void> {
  const { t } = words;
  const sure = await overlay.ask({
    title: t.removeAsk,
    text: t.removeText,
    confirm: t.remove,
    danger: true,
  });
  if (sure === undefined) return;
  await remove(post.id);
  overlay.note(t.removed);
  if (router.place.path === addressOf(post)) router.back("/discover");
}

export function repostItems(post: Post): MenuItem[] {
  const { t } = words;
  const items: MenuItem[] = [];
  if (canRepost(post)) {
    const label = post.reposted ? t.unrepost : t.repost;
    items.push({ label, icon: "repost", run: () => attempt(repost(post)) });
  }
  if (post.mayQuote) items.push({ label: t.quote, icon: "edit", run: () => write({ quote: post.id }) });
  return items;
}

export function menuItems(post: Post): MenuItem[] {
  const { t } = words;
  const marked = post.bookmarked ? t.unbookmark : t.bookmark;
  const items: MenuItem[] = [
    { label: marked, icon: "bookmark", run: () => attempt(bookmark(post)) },
    { label: t.copyLink, icon: "link", run: () => attempt(copyLink(post.url)) },
    { label: t.sendToChat, icon: "forwardTo", run: () => sheets.open({ kind: "share", post }) },
  ];
  if (post.editedAt)
    items.push({ label: t.history, icon: "clock", run: () => sheets.open({ kind: "history", post }) });
  const mine = social.isMe(post.author.id);
  if (mine || post.mentions.some((one) => social.isMe(one.id))) {
    const label = post.muted ? t.unmuteThread : t.muteThread;
    items.push({ label, icon: post.muted ? "bell" : "mute", run: () => attempt(muteThread(post)) });
  }
  if (mine) {
    const label = post.pinned ? t.unpin : t.pin;
    items.push({ label, icon: "pin", run: () => attempt(pin(post)) });
    items.push({ label: t.edit, icon: "edit", run: () => write({ edit: post.id }) });
    items.push({ label: t.remove, icon: "trash", danger: true, run: () => attempt(askRemove(post)) });
  } else {
    const { author } = post;
    const run = (): void => sheets.open({ kind: "report", account: author, post });
    items.push({
      label: t.muteName(author.handle),
      icon: "mute",
      run: () => sheets.open({ kind: "mute", account: author }),
    });
    items.push({
      label: t.blockName(author.handle),
      icon: "block",
      danger: true,
      run: () => attempt(askBlock(author)),
    });
    items.push({ label: t.report, icon: "flag", danger: true, run });
  }
  return items;
}

/** The keys of a post that has the focus; gives whether one was meant for it. */
export function postKeys(event: KeyboardEvent, post: Post, openMenu: () => void): void {
  if (event.target !== event.currentTarget || event.ctrlKey || event.metaKey || event.altKey) return;
  const beside = (by: number): void => {
    const all = [...document.querySelectorAll<HTMLElement>("article[data-post]")];
    all[all.indexOf(event.currentTarget as HTMLElement) + by]?.focus();
  };
  const actions: Record<string, () => void> = {
    Enter: () => router.go(addressOf(post)),
    l: () => attempt(like(post)),
    b: () => attempt(bookmark(post)),
    r: () => mayReply(post) && write({ reply: post.id }),
    t: () => canRepost(post) && attempt(repost(post)),
    j: () => beside(1),
    k: () => beside(-1),
    m: openMenu,
    ContextMenu: openMenu,
  };
  const action = actions[event.key];
  if (!action) return;
  event.preventDefault();
  event.stopPropagation();
  action();
}
