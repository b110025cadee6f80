/** The microblog's part of an export, through its own API. */
import { ApiError, request } from "../api";
import { holder } from "../session.svelte";
import type { Task, WantedFile } from "./model";
import { type Archive, safeName } from "./zip";

type Wire = Record<string, unknown>;
const MOST_PAGES = 5000;

/** Add everything that is mine there; gives the files that belong to it. */
export async function exportPosts(archive: Archive, task: Task): Promise<WantedFile[]> {
  task.tell({ step: "posts", done: 0, all: 1 });
  const me = await get<Wire>("/api/v1/accounts/verify_credentials", task).catch((error: unknown) => {
    if (error instanceof ApiError && error.status >= 400 && error.status < 500) return undefined;
    throw error;
  });
  if (!me) return [];
  archive.json("microblog/account.json", me);
  const own = `/api/v1/accounts/${String(me.id)}`;
  const posts = await all(`${own}/statuses?limit=40`, task);
  archive.json("microblog/posts.json", posts);
  const lists = {
    following: `${own}/following?limit=80`,
    followers: `${own}/followers?limit=80`,
    bookmarks: "/api/v1/bookmarks?limit=40",
    likes: "/api/v1/favourites?limit=40",
    blocks: "/api/v1/blocks?limit=80",
    mutes: "/api/v1/mutes?limit=80",
  };
  for (const [name, path] of Object.entries(lists))
    archive.json(`microblog/${name}.json`, await all(path, task));
  return posts.flatMap(filesOf);
}

function filesOf(post: Wire): WantedFile[] {
  const attachments = (post.media_attachments ?? []) as Wire[];
  return attachments.flatMap((one) => {
    if (typeof one.url !== "string") return [];
    // Everything is on our own server, whatever name of it the address has.
    const path = new URL(one.url, location.origin).pathname;
    const name = `microblog/files/${safeName(String(post.id))}-${safeName(path.split("/").at(-1) ?? "")}`;
    return [{ name, bytes: 0, fetch: (signal: AbortSignal) => fetchFile(path, signal) }];
  });
}

async function fetchFile(path: string, signal: AbortSignal): Promise<Blob> {
  const answer = await fetch(path, { signal });
  if (!answer.ok) throw new Error(`file: ${answer.status}`);
  return answer.blob();
}

async function get<T>(path: string, task: Task): Promise<T> {
  task.signal.throwIfAborted();
  await holder.fresh();
  return request<T>("GET", path, undefined, holder.session?.accessToken);
}

/** Follow a list to its end. */
async function all(path: string, task: Task): Promise<Wire[]> {
  const found: Wire[] = [];
  let next: string | undefined = path;
  for (let page = 0; next && page < MOST_PAGES; page++) {
    task.signal.throwIfAborted();
    await holder.fresh();
    const answer: Response = await fetch(next, {
      headers: { Authorization: `Bearer ${holder.session?.accessToken ?? ""}` },
      signal: task.signal,
    });
    if (!answer.ok) throw new ApiError(answer.status, "M_UNKNOWN", "");
    found.push(...((await answer.json()) as Wire[]));
    const link: string | undefined = /<([^>]+)>;\s*rel="?next"?/.exec(answer.headers.get("link") ?? "")?.[1];
    const address: URL | undefined = link ? new URL(link, location.origin) : undefined;
    next = address && `${address.pathname}${address.search}`;
  }
  return found;
}
