/** What one does to a post: likes, bookmarks, reposts, pins, votes. It shows at once, and is taken back when it fails. */
import type { mastodon } from "masto";
import { api } from "./client";
import { forget } from "./feed.svelte";
import type { Post, Version } from "./model";
import { posts } from "./posts.svelte";
import { attachment, poll, post } from "./read";

const on = (id: string) => api().v1.statuses.$select(id);

async function flip(
  id: string,
  change: Partial<Post>,
  work: () => Promise<mastodon.v1.Status>,
): Promise<void> {
  const before = posts.get(id);
  posts.change(id, change);
  try {
    const made = await work();
    post(made.reblog ?? made);
  } catch (error) {
    if (before) posts.take(before);
    throw error;
  }
}

export function like(of: Post): Promise<void> {
  const change = { liked: !of.liked, likes: of.likes + (of.liked ? -1 : 1) };
  return flip(of.id, change, () => (of.liked ? on(of.id).unfavourite() : on(of.id).favourite()));
}

export function repost(of: Post): Promise<void> {
  const change = { reposted: !of.reposted, reposts: of.reposts + (of.reposted ? -1 : 1) };
  return flip(of.id, change, () => (of.reposted ? on(of.id).unreblog() : on(of.id).reblog()));
}

export function bookmark(of: Post): Promise<void> {
  const work = () => (of.bookmarked ? on(of.id).unbookmark() : on(of.id).bookmark());
  return flip(of.id, { bookmarked: !of.bookmarked }, work);
}

export function pin(of: Post): Promise<void> {
  return flip(of.id, { pinned: !of.pinned }, () => (of.pinned ? on(of.id).unpin() : on(of.id).pin()));
}

export function muteThread(of: Post): Promise<void> {
  return flip(of.id, { muted: !of.muted }, () => (of.muted ? on(of.id).unmute() : on(of.id).mute()));
}

export async function remove(id: string): Promise<void> {
  const parent = posts.get(posts.get(id)?.replyTo?.post);
  await on(id).remove();
  forget(id);
  if (parent) posts.change(parent.id, { replies: Math.max(0, parent.replies - 1) });
}

export async function vote(of: Post, choices: number[]): Promise<void> {
  if (!of.poll) return;
  const wire = await api().v1.polls.$select(of.poll.id).votes.create({ choices });
  posts.change(of.id, { poll: poll(wire) });
}

/** What was written, for editing; the text that is shown has lost how links and mentions were spelt. */
export async function source(id: string): Promise<{ text: string; spoiler: string }> {
  const { text, spoilerText } = await on(id).source.fetch();
  return { text, spoiler: spoilerText };
}

export async function history(id: string): Promise<Version[]> {
  const versions = await on(id).history.list();
  return versions
    .map((one) => ({
      at: Date.parse(one.createdAt),
      html: one.content,
      spoiler: one.spoilerText,
      media: one.mediaAttachments.flatMap(attachment),
    }))
    .reverse();
}

/** Fetch a post, and what it answers, oldest first. */
export async function thread(id: string): Promise<{ post: Post; above: Post[] }> {
  const [wire, context] = await Promise.all([on(id).fetch(), on(id).context.fetch()]);
  const shown = wire.reblog ?? wire;
  return { post: post(shown), above: context.ancestors.map(post) };
}
