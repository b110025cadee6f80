/**
 * Asks for what the list of chats begins with while the library that reads it is still on its way. On a slow line the
 * answers then wait for the library, and not the library for one answer after the other.
 */
import type { Session } from "./api";
import { INITIAL_SYNC_EVENTS, RENEW_BEFORE_MS } from "./limits";

/** Where the library keeps what it synced; it puts a prefix before the name. */
export const SYNC_DATABASE = "teahouse-sync";
/** What every sync asks for. The library is given the same, or else it would not ask for what is here already. */
export const SYNC_FILTER = {
  room: { timeline: { unread_thread_notifications: true }, state: { lazy_load_members: true } },
};
const CLIENT = "/_matrix/client";
const SYNC = `${CLIENT}/v3/sync`;
/** An answer that nobody took for so long is asked for again. */
const FRESH_MS = 60_000;

let begun = 0;
const early = new Map<string, Promise<Response | undefined>>();

/** Begin with the requests of a start. Whoever signed in elsewhere first renews his token has no use of it. */
export function beginEarly(session: Session): void {
  if (session.expiresAt && session.expiresAt - Date.now() < RENEW_BEFORE_MS) return;
  begun = Date.now();
  early.clear();
  const ask = (path: string, query = ""): void => {
    const headers = { Accept: "application/json", Authorization: `Bearer ${session.accessToken}` };
    const answer = fetch(path + query, { headers, credentials: "omit", referrerPolicy: "no-referrer" });
    early.set(
      path,
      answer.then((one) => (one.ok ? one : undefined)).catch(() => undefined),
    );
  };
  ask(`${CLIENT}/versions`);
  ask(`${CLIENT}/v3/pushrules/`);
  void keptASync().then((kept) => {
    if (!kept) ask(SYNC, `?${firstSync()}`);
  });
}

/** Give the good answer to a request that was made early, once; undefined when there is none. */
export async function takeEarly(input: RequestInfo | URL, init?: RequestInit): Promise<Response | undefined> {
  const url = new URL(input instanceof Request ? input.url : input, location.origin);
  if ((init?.method ?? "GET") !== "GET" || Date.now() - begun > FRESH_MS) return undefined;
  if (url.pathname === SYNC && !isFirstSync(url.searchParams)) return undefined;
  const answer = early.get(url.pathname);
  early.delete(url.pathname);
  return answer;
}

function firstSync(): URLSearchParams {
  const { timeline, ...others } = SYNC_FILTER.room;
  const filter = { room: { timeline: { ...timeline, limit: INITIAL_SYNC_EVENTS }, ...others } };
  return new URLSearchParams({
    filter: JSON.stringify(filter),
    timeout: "0",
    "org.matrix.msc4222.use_state_after": "true",
    set_presence: "offline",
  });
}

function isFirstSync(asked: URLSearchParams): boolean {
  const wanted = firstSync();
  return !asked.has("since") && [...wanted].every(([name, value]) => asked.get(name) === value);
}

/** Whether the browser kept a sync, so that there is only little to ask; said too where that can't be known. */
async function keptASync(): Promise<boolean> {
  const all = await indexedDB.databases?.().catch(() => undefined);
  return all?.some(({ name }) => name?.endsWith(SYNC_DATABASE)) ?? true;
}
