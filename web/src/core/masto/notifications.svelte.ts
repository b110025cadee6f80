/** What others did that concerns me, in groups as the server makes them. */
import type { mastodon } from "masto";
import { api, type Lister, pageOf } from "./client";
import { Feed } from "./feed.svelte";
import type { Notice } from "./model";
import { notices } from "./read";

const kept = new Map<boolean, Feed<Notice>>();

/** Give the list of notifications, or of mentions only. */
export function notificationsFeed(mentionsOnly: boolean): Feed<Notice> {
  const known = kept.get(mentionsOnly);
  if (known) return known;
  const types = mentionsOnly ? { types: ["mention", "quote"] } : {};
  const made = new Feed<Notice>((params) => {
    const lister = api().v2.notifications.list as unknown as Lister;
    const read = (wire: mastodon.v1.GroupedNotificationsResults): Notice[] => notices(wire);
    return pageOf<mastodon.v1.GroupedNotificationsResults, Notice>(
      lister,
      { limit: 30, ...types, ...params },
      read,
    );
  });
  kept.set(mentionsOnly, made);
  return made;
}
