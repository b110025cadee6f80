/** The door to the Mastodon API, with the session of the chats: one sign-in opens both. Only this folder knows masto. */
import { createRestAPIClient, MastoHttpError, type mastodon } from "masto";
import { holder } from "../session.svelte";

let made: { token: string; client: mastodon.rest.Client } | undefined;

export function api(): mastodon.rest.Client {
  const token = holder.session?.accessToken ?? "";
  if (made?.token !== token) {
    made = { token, client: createRestAPIClient({ url: location.origin, accessToken: token }) };
  }
  return made.client;
}

/** What an endpoint that gives pages looks like to us. */
export interface Lister {
  $raw(params?: object): PromiseLike<{ headers: Headers; data: unknown }>;
}

export interface Page<T> {
  items: T[];
  /** The parameters that lead to the next page; undefined at the end. */
  next?: Record<string, string>;
}

/** Fetch a page, and read what it holds. */
export async function pageOf<W, T>(list: Lister, params: object, read: (wire: W) => T[]): Promise<Page<T>> {
  await holder.fresh().catch(() => {});
  const { headers, data } = await list.$raw(params);
  const link = /<([^>]+)>;\s*rel="?next"?/.exec(headers.get("link") ?? "")?.[1];
  const next = link ? Object.fromEntries(new URL(link, location.origin).searchParams) : undefined;
  return { items: (Array.isArray(data) ? (data as W[]) : [data as W]).flatMap(read), next };
}

/** The HTTP status of a failure; 0 when the server was not reached. */
export function statusOf(error: unknown): number {
  return error instanceof MastoHttpError ? error.statusCode : 0;
}
