/** The post under which an article is talked about, and what is said there. */
import { createRestAPIClient, type mastodon } from "masto";
import type { Discussion } from "../matrix/discussion";
import { api, statusOf } from "./client";
import { forget } from "./feed.svelte";
import { posts } from "./posts.svelte";
import { entry, post } from "./read";
import { social } from "./social.svelte";

/** Who never used the microblog asks as a stranger: asking as oneself makes one an author. */
const client = (): mastodon.rest.Client =>
  social.isUsed ? api() : createRestAPIClient({ url: location.origin });

/** Post what leads to an article; gives the post's id. Trying again under the same key posts nothing more. */
export async function postAbout(text: string, key: string): Promise<string> {
  await social.start();
  const made = await api().v1.statuses.create(
    { status: text },
    { requestInit: { headers: { "Idempotency-Key": key } } },
  );
  return post(made).id;
}

/** Give the hottest comments, as ids of posts; undefined when the post is gone, or is not of whom it should be. */
export async function talk({ post: id, user }: Discussion, most: number): Promise<string[] | undefined> {
  try {
    const on = client().v1.statuses.$select(id);
    const found = post(await on.fetch());
    if (found.author.user !== user) return undefined;
    // Comments by heat are an addition of this server's, which the library has no words for.
    type Commented = { comments: { list: (params: object) => Promise<mastodon.v1.Status[]> } };
    const wires = await (on as unknown as Commented).comments.list({ order: "hot", limit: most });
    return wires.flatMap(entry).map((one) => one.post);
  } catch (error) {
    if (statusOf(error) === 404) return undefined;
    throw error;
  }
}

/** Delete the post if it is mine, together with the article that it leads to. */
export async function endTalk({ post: id, user }: Discussion): Promise<void> {
  if (user !== social.me?.user || !posts.get(id)) return;
  await api().v1.statuses.$select(id).remove();
  forget(id);
}
