/** Starts and stops the Matrix client of the signed-in person: its store in the browser, its sync. */
import {
  ClientEvent,
  createClient,
  Filter,
  HttpApiEvent,
  IndexedDBStore,
  type MatrixClient,
  PendingEventOrdering,
  RoomEvent,
  type RoomNameState,
  RoomNameType,
  SyncState,
} from "matrix-js-sdk";
import { logger } from "matrix-js-sdk/lib/logger";
import { reasonOf, type Session } from "../api";
import { SYNC_DATABASE, SYNC_FILTER, takeEarly } from "../headStart";
import { INITIAL_SYNC_EVENTS, KEEP_JOINED_MS, KEEP_SYNC_MS } from "../limits";
import { unturned } from "../plain";
import { push } from "../push.svelte";
import { holder } from "../session.svelte";
import { connection } from "./connection.svelte";
import { late, secretKey } from "./crypto.svelte";

let current: MatrixClient | undefined;

/** The running client. Throws when nobody is signed in, which no screen of the chats can be shown without. */
export function matrix(): MatrixClient {
  if (!current) throw new Error("the client is not started");
  return current;
}

export function isStarted(): boolean {
  return current !== undefined;
}

type MakeMethod = (name: string, ...others: unknown[]) => (...words: unknown[]) => void;

// What the library logs names rooms and people; a visitor's console is no place for that. Its loggers make others, each
// of a level of its own, but all of them take over how a line is written.
function quiet(): void {
  const root = logger as unknown as { methodFactory: MakeMethod; rebuild(): void };
  const make = root.methodFactory;
  root.methodFactory = (name, ...others) =>
    name === "warn" || name === "error" ? make(name, ...others) : () => {};
  root.rebuild();
}

/** What a chat is called that has no name, and in which there is and was nobody else. */
export const NAMELESS = "…";

// The library has English words around the names of those who are in a chat without a name of its own.
function nameOf(state: RoomNameState): string {
  if (state.type === RoomNameType.Actual) return unturned(state.name);
  if (state.type === RoomNameType.EmptyRoom) return state.oldName ?? NAMELESS;
  const names = state.names.map((name) => (/^@[^:]+:/.test(name) ? name.replace(/^@|:.*$/g, "") : name));
  return unturned(names.join(", ")) + (state.count > names.length + 1 ? ", …" : "");
}

/** Make the client, load what the browser kept, and begin to sync. */
export async function startClient(session: Session): Promise<MatrixClient> {
  if (import.meta.env.PROD) quiet();
  const store = new IndexedDBStore({ indexedDB, localStorage, dbName: SYNC_DATABASE });
  const client = createClient({
    baseUrl: location.origin,
    userId: session.userId,
    deviceId: session.deviceId,
    accessToken: session.accessToken,
    store,
    fetchFn: async (input, init) => (await takeEarly(input, init)) ?? unlessLocked(input, init),
    roomNameGenerator: (_, state) => nameOf(state),
    timelineSupport: true,
    disableVoip: true,
    cryptoCallbacks: {
      getSecretStorageKey: async (wanted) => secretKey(wanted.keys),
    },
  });
  current = client;
  late.attach(client);
  // A filter of so few words goes along with each sync, instead of being kept by the server under a number first.
  client.getOrCreateFilter = async (_, filter) => JSON.stringify(filter.getDefinition());
  client.on(ClientEvent.Sync, (state, _, told) => {
    connection.current ||= (state === SyncState.Prepared || state === SyncState.Syncing) && !told?.fromCache;
    connection.synced = connection.synced || state === SyncState.Prepared || state === SyncState.Syncing;
    if (state === SyncState.Prepared || state === SyncState.Syncing) connection.toldAt = Date.now();
    connection.lost = state === SyncState.Reconnecting || state === SyncState.Error;
  });
  keepOften(client);
  client.on(HttpApiEvent.SessionLoggedOut, () => void leave(true));
  await store.startup().catch(() => store.deleteAllData());
  await client.startClient({
    filter: Filter.fromJson(session.userId, "", structuredClone(SYNC_FILTER)),
    initialSyncLimit: INITIAL_SYNC_EVENTS,
    lazyLoadMembers: true,
    pendingEventOrdering: PendingEventOrdering.Detached,
    disablePresence: true,
    resolveInvitesToProfiles: false,
  });
  return client;
}

// Tokens of an OAuth sign-in end after a while. They are renewed here and not by the library, which would not know of
// the service worker and of other tabs, who may have done it.
const withFreshToken: typeof fetch = async (input, init) => {
  const headers = new Headers(init?.headers);
  if (!holder.session?.refreshToken || !headers.has("Authorization")) return fetch(input, init);
  const send = (): Promise<Response> => {
    headers.set("Authorization", `Bearer ${holder.session?.accessToken ?? ""}`);
    return fetch(input, { ...init, headers });
  };
  await holder.fresh().catch(() => {});
  const seen = holder.session.accessToken;
  const answer = await send();
  if (answer.status !== 401) return answer;
  if ((await refusal(answer)).errcode !== "M_UNKNOWN_TOKEN") return answer;
  const renewed = await holder.renew(seen).then(
    () => true,
    () => false,
  );
  return renewed ? send() : answer;
};

// The library knows no locked accounts, and would take one for a server out of reach.
const unlessLocked: typeof fetch = async (input, init) => {
  const answer = await withFreshToken(input, init);
  if (answer.status === 401) {
    const refused = await refusal(answer);
    if (refused.errcode === "M_USER_LOCKED" && holder.phase === "signedIn") {
      current?.stopClient();
      holder.locked(reasonOf(refused));
    }
  }
  return answer;
};

const refusal = async (answer: Response): Promise<Record<string, unknown>> =>
  answer
    .clone()
    .json()
    .catch(() => ({}));

// The library writes what it synced every five minutes; a chat joined since would be missing at a start offline.
function keepOften(client: MatrixClient): void {
  let due: ReturnType<typeof setTimeout> | undefined;
  const soon = (ms: number): void => {
    due ??= setTimeout(() => {
      due = undefined;
      void client.store.save(true).catch(() => {});
    }, ms);
  };
  client.on(RoomEvent.MyMembership, () => {
    clearTimeout(due);
    due = undefined;
    soon(KEEP_JOINED_MS);
  });
  client.on(RoomEvent.Timeline, (_, __, toStart) => !toStart && soon(KEEP_SYNC_MS));
  document.addEventListener("visibilitychange", () => document.hidden && soon(0));
}

/** Sign out here: end the session on the server when it can be reached, and forget everything on this device. */
export async function leave(byServer = false): Promise<void> {
  const client = current;
  current = undefined;
  connection.synced = false;
  if (client) {
    // The library ends the requests that are under way, and does not await each of them.
    addEventListener("unhandledrejection", (event) => {
      if ((event.reason as Error | undefined)?.name === "AbortError") event.preventDefault();
    });
    client.stopClient();
    if (!byServer) await client.logout(false).catch(() => {});
    await client.clearStores().catch(() => {});
  }
  await push.forget().catch(() => {});
  localStorage.removeItem("teahouse.seenSession");
  await holder.signedOut(byServer);
  // Everything that lives as long as a session begins anew with the page.
  location.replace("/");
}
