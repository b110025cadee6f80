/**
 * Where an article is talked about: a post of the microblog, to which an editor's event leads. Only editors may send
 * such an event, and it counts only with a post of the one who sent it (decision 52).
 */
import { Method } from "matrix-js-sdk";
import { matrix } from "./client";

const DISCUSSION = "org.teahouse.article_discussion";

export interface Discussion {
  post: string;
  /** The user whose post it is. */
  user: string;
}

const room = (id: string): string => `/rooms/${encodeURIComponent(id)}`;

interface Raw {
  sender: string;
  content: { post?: unknown };
}

/** Find where an article is talked about; undefined where it is not. */
export async function discussionOf(roomId: string, article: string): Promise<Discussion | undefined> {
  const path = `${room(roomId)}/relations/${encodeURIComponent(article)}/m.reference/${DISCUSSION}`;
  const { chunk } = await matrix().http.authedRequest<{ chunk: Raw[] }>(
    Method.Get,
    path,
    { limit: "1" },
    undefined,
    { prefix: "/_matrix/client/v1" },
  );
  const [newest] = chunk;
  const post = newest?.content.post;
  return newest && typeof post === "string" && /^\d{1,20}$/.test(post)
    ? { post, user: newest.sender }
    : undefined;
}

/** Say that an article is talked about under a post of mine. */
export async function leadTo(roomId: string, article: string, post: string): Promise<void> {
  const path = `${room(roomId)}/send/${DISCUSSION}/${encodeURIComponent(`tea.talk.${article}.${post}`)}`;
  const content = { post, "m.relates_to": { rel_type: "m.reference", event_id: article } };
  await matrix().http.authedRequest(Method.Put, path, undefined, content);
}
