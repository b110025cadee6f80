/// <reference lib="webworker" />
/**
 * The service worker: starts the app offline, and adds the access token to requests for media, which pictures and
 * videos in a page can't do themselves. The token is read from the app's database and never leaves this origin.
 */
const worker = self as unknown as ServiceWorkerGlobalScope;
const CACHE = "teahouse-__BUILD__";
const MEDIA = "teahouse-thumbnails";
const MEDIA_PATH = /^\/_matrix\/client\/v1\/media\/(download|thumbnail)\//;
const MOST_THUMBNAILS = 400;
const files = JSON.parse("__FILES__") as string[];

interface Session {
  accessToken: string;
  refreshToken?: string;
  expiresAt?: number;
  clientId?: string;
}
const SOON_MS = 60_000;
let session: Promise<Session | undefined> | undefined;

worker.addEventListener("install", (event) => {
  // addAll is atomic: one file that fails means that the version before stays.
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(files)));
});

worker.addEventListener("activate", (event) => {
  const clean = async () => {
    for (const name of await caches.keys()) {
      if (name !== CACHE && name !== MEDIA) await caches.delete(name);
    }
    await worker.clients.claim();
  };
  event.waitUntil(clean());
});

worker.addEventListener("message", (event) => {
  if (event.data?.type === "activate") void worker.skipWaiting();
  if (event.data?.type === "token-changed") session = undefined;
  if (event.data?.type === "session-changed") {
    session = undefined;
    event.waitUntil(caches.delete(MEDIA));
  }
});

worker.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== location.origin) return;
  if (MEDIA_PATH.test(url.pathname)) event.respondWith(media(request, url));
  else if (request.mode === "navigate" && isScreen(url)) event.respondWith(page(request));
  else if (url.pathname.startsWith("/assets/")) event.respondWith(asset(request));
});

const isScreen = (url: URL): boolean =>
  !/^\/(_matrix|_teahouse|\.well-known|account|api|oauth|media|health|metrics|nodeinfo)(\/|$)/.test(
    url.pathname,
  );

async function page(request: Request): Promise<Response> {
  try {
    const fresh = await fetch(request);
    if (fresh.status < 500) return fresh;
  } catch {
    // Offline: the start page of this version is here.
  }
  return (await caches.match("/")) ?? Response.error();
}

async function asset(request: Request): Promise<Response> {
  const known = await caches.match(request);
  if (known) return known;
  const fresh = await fetch(request);
  if (fresh.ok) await (await caches.open(CACHE)).put(request, fresh.clone());
  return fresh;
}

async function media(request: Request, url: URL): Promise<Response> {
  const isThumbnail = url.pathname.includes("/thumbnail/");
  if (isThumbnail) {
    const known = await caches.match(request.url, { cacheName: MEDIA });
    if (known) return known;
  }
  const answer = await withToken(request);
  if (isThumbnail && answer.ok) {
    const cache = await caches.open(MEDIA);
    await cache.put(request.url, answer.clone());
    const kept = await cache.keys();
    await Promise.all(
      kept.slice(0, Math.max(0, kept.length - MOST_THUMBNAILS)).map((old) => cache.delete(old)),
    );
  }
  return answer;
}

async function withToken(request: Request): Promise<Response> {
  const headers = new Headers(request.headers);
  const known = await freshToken();
  if (known) headers.set("Authorization", `Bearer ${known}`);
  return fetch(request.url, { headers, signal: request.signal });
}

/** Give an access token that is good for a while, renewed when it is not. */
async function freshToken(): Promise<string | undefined> {
  session ??= kept<Session>("session");
  let known = await session;
  if (known?.refreshToken && (known.expiresAt ?? 0) - Date.now() < SOON_MS) {
    // The page does the same under the same lock: a refresh token that is used twice ends the session.
    session = worker.navigator.locks.request("teahouse-tokens", renewed);
    known = await session.catch(() => undefined);
    if (!known) session = undefined;
  }
  return known?.accessToken;
}

async function renewed(): Promise<Session | undefined> {
  const stored = await kept<Session>("session");
  if (!stored?.refreshToken || (stored.expiresAt ?? 0) - Date.now() >= SOON_MS) return stored;
  const body = new URLSearchParams({
    grant_type: "refresh_token",
    refresh_token: stored.refreshToken,
    client_id: stored.clientId ?? "",
  });
  const answer = await fetch("/oauth/token", { method: "POST", body });
  if (!answer.ok) return undefined;
  const got = (await answer.json()) as { access_token: string; refresh_token: string; expires_in: number };
  const fresh = {
    ...stored,
    accessToken: got.access_token,
    refreshToken: got.refresh_token,
    expiresAt: Date.now() + got.expires_in * 1000,
  };
  await inKept("readwrite", (store) => store.put(fresh, "session"));
  return fresh;
}

/** Read what the app keeps under a name. */
const kept = <T>(name: string): Promise<T | undefined> =>
  inKept("readonly", (store) => store.get(name)) as Promise<T | undefined>;

function inKept(mode: IDBTransactionMode, work: (store: IDBObjectStore) => IDBRequest): Promise<unknown> {
  return new Promise((resolve) => {
    const opening = indexedDB.open("teahouse");
    opening.onerror = () => resolve(undefined);
    // There is no database yet, and it is not for the worker to make it.
    opening.onupgradeneeded = () => opening.transaction?.abort();
    opening.onsuccess = () => {
      const db = opening.result;
      const asked = work(db.transaction("kept", mode).objectStore("kept"));
      asked.onerror = () => resolve(undefined);
      asked.onsuccess = () => resolve(asked.result);
      db.close();
    };
  });
}
