/** What the search of the whole app shows of the microblog: posts and topics, in a line each. */
import { createRestAPIClient } from "masto";
import { api } from "./client";
import type { Post } from "./model";
import { post } from "./read";
import { social } from "./social.svelte";

const MOST = 10;

export interface Hits {
  posts: Post[];
  tags: string[];
}

/** Find posts and topics. Who never used the microblog asks as a stranger: asking as oneself makes one an author. */
export async function findHits(q: string): Promise<Hits> {
  const client = social.isUsed ? api() : createRestAPIClient({ url: location.origin });
  const found = await client.v2.search.list({ q, limit: MOST });
  const shown = found.statuses.filter((one) => !one.filtered?.length);
  return { posts: shown.map(post), tags: found.hashtags.map((one) => one.name) };
}
