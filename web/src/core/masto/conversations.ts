/** Posts that only those see whom they mention, by who takes part. */
import type { mastodon } from "masto";
import { api, type Lister, pageOf } from "./client";
import { Feed } from "./feed.svelte";
import type { Conversation } from "./model";
import { account, post } from "./read";

function read(wire: mastodon.v1.Conversation): Conversation[] {
  const last = wire.lastStatus ? post(wire.lastStatus).id : undefined;
  return [{ key: wire.id, unread: wire.unread, people: wire.accounts.map(account), last }];
}

export function conversationsFeed(): Feed<Conversation> {
  const lister = (): Lister => api().v1.conversations.list as unknown as Lister;
  return new Feed<Conversation>((params) => pageOf(lister(), { limit: 20, ...params }, read));
}

export async function readConversation(id: string): Promise<void> {
  await api().v1.conversations.$select(id).read();
}

/** Take a conversation off one's own list; the posts stay. */
export async function removeConversation(id: string): Promise<void> {
  await api().v1.conversations.$select(id).remove();
}
