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
const EVENT_MS = 10_000;
const PAGE_ANSWERS_MS = 10_000;
const ASLEEP_MS = 3000;
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
  else if (/^\/assets\/[^/]+$/.test(url.pathname)) event.respondWith(asset(request));
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

worker.addEventListener("push", (event) => {
  event.waitUntil(pushed((event.data?.json() ?? {}) as Pushed));
});

worker.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const { path } = (event.notification.data ?? {}) as { path?: string };
  event.waitUntil(open(path ?? "/chats"));
});

interface Pushed {
  app_id?: string;
  ack_token?: string;
  event_id?: string;
  room_id?: string;
  unread?: number;
}

/** What the app keeps for notifications (core/push.svelte.ts). */
interface Known {
  language: string;
  previews: boolean;
  rooms: Record<string, { name: string; private: boolean } | undefined>;
  people: Record<string, string | undefined>;
}

async function pushed(message: Pushed): Promise<void> {
  if (message.ack_token) return activate(message);
  if (message.unread !== undefined) await badge(message.unread);
  if (!message.room_id || !message.event_id) {
    if (message.unread === 0) for (const shown of await worker.registration.getNotifications()) shown.close();
    return;
  }
  if (!(await isWatched(message.room_id))) await show(message.room_id, message.event_id);
}

/** Prove to the server that its messages arrive here. */
async function activate({ app_id, ack_token }: Pushed): Promise<void> {
  const answer = await fetch("/_matrix/client/unstable/org.matrix.msc4174/pushers/ack", {
    method: "POST",
    headers: { "Content-Type": "application/json", Authorization: `Bearer ${(await freshToken()) ?? ""}` },
    body: JSON.stringify({ app_id, ack_token }),
  });
  if (!answer.ok) return;
  for (const page of await appPages()) page.postMessage({ type: "push-activated" });
}

async function badge(count: number): Promise<void> {
  const { navigator } = worker;
  if (!("setAppBadge" in navigator)) return;
  await (count > 0 ? navigator.setAppBadge(count) : navigator.clearAppBadge()).catch(() => {});
}

/** Ask the pages whether one of them shows the chat; what is hidden may be asleep, and gets less time to answer. */
async function isWatched(room: string): Promise<boolean> {
  const answers = (await appPages()).map(
    (page) =>
      new Promise<boolean>((resolve) => {
        const { port1, port2 } = new MessageChannel();
        port1.onmessage = (event) => resolve(event.data === true);
        setTimeout(() => resolve(false), page.visibilityState === "visible" ? PAGE_ANSWERS_MS : ASLEEP_MS);
        page.postMessage({ type: "is-watched", room }, [port2]);
      }),
  );
  return (await Promise.all(answers)).includes(true);
}

/** The windows that hold the app itself, not the server's own pages or a file. */
async function appPages(): Promise<readonly WindowClient[]> {
  const pages = await worker.clients.matchAll({ type: "window" });
  return pages.filter(({ url }) => isScreen(new URL(url)) && !/^\/[^/]*\.\w+$/.test(new URL(url).pathname));
}

/** What to call messages that are no words. */
const KINDS = {
  en: {
    fresh: "New message",
    image: "[Photo]",
    video: "[Video]",
    audio: "[Audio]",
    voice: "[Voice]",
    file: "[File]",
    sticker: "[Sticker]",
    poll: "[Poll]",
    place: "[Location]",
  },
  zh: {
    fresh: "新消息",
    image: "[图片]",
    video: "[视频]",
    audio: "[音频]",
    voice: "[语音]",
    file: "[文件]",
    sticker: "[表情]",
    poll: "[投票]",
    place: "[位置]",
  },
};

async function show(room: string, id: string): Promise<void> {
  const known = await kept<Known>("alerts");
  const event = await fetchEvent(room, id);
  const chat = known?.rooms[room];
  const sender = event && (known?.people[event.sender] ?? event.sender.replace(/^@|:.*$/g, ""));
  const language = known?.language === "zh" ? "zh" : "en";
  const fresh = KINDS[language].fresh;
  const said = known?.previews && event ? (textOf(event, KINDS[language]) ?? fresh) : fresh;
  const isPrivate = chat?.private ?? false;
  await worker.registration.showNotification((isPrivate ? undefined : chat?.name) ?? sender ?? "Teahouse", {
    body: sender && chat && !isPrivate ? `${sender}: ${said}` : said,
    tag: `chat ${room}`,
    icon: "/icon-192.png",
    lang: known?.language,
    // A further message of the chat takes the place of the one before, and is heard too.
    ...{ renotify: true },
    data: { room, at: Date.now(), path: chat ? `/chats/${encodeURIComponent(room)}` : "/chats" },
  });
}

interface Said {
  sender: string;
  type: string;
  content: Record<string, unknown>;
}

async function fetchEvent(room: string, id: string): Promise<Said | undefined> {
  try {
    const path = `/_matrix/client/v3/rooms/${encodeURIComponent(room)}/event/${encodeURIComponent(id)}`;
    const answer = await fetch(path, {
      headers: { Authorization: `Bearer ${(await freshToken()) ?? ""}` },
      signal: AbortSignal.timeout(EVENT_MS),
    });
    return answer.ok ? ((await answer.json()) as Said) : undefined;
  } catch {
    return undefined;
  }
}

function textOf({ type, content }: Said, kinds: (typeof KINDS)["en"]): string | undefined {
  const { body, msgtype } = content;
  if (type === "m.sticker") return kinds.sticker;
  if (type.endsWith("poll.start")) {
    // In the words of apps today; whoever speaks the specification's is told of without the question.
    const { question } = (content["org.matrix.msc3381.poll.start"] ?? {}) as {
      question?: { body?: unknown };
    };
    return `${kinds.poll} ${typeof question?.body === "string" ? question.body.slice(0, 200) : ""}`.trim();
  }
  if (type !== "m.room.message") return undefined;
  if (msgtype === "m.audio") return "org.matrix.msc3245.voice" in content ? kinds.voice : kinds.audio;
  if (msgtype === "m.image" || msgtype === "m.video" || msgtype === "m.file")
    return kinds[msgtype.slice(2) as "image" | "video" | "file"];
  if (msgtype === "m.location") return kinds.place;
  const isText = ["m.text", "m.notice", "m.emote"].includes(String(msgtype));
  return isText && typeof body === "string" ? body.slice(0, 200) : undefined;
}

/** Bring the app to a place, in a window that is open when there is one. */
async function open(path: string): Promise<void> {
  const [page] = await appPages();
  if (!page) {
    await worker.clients.openWindow(path);
    return;
  }
  page.postMessage({ type: "open", path });
  await page.focus().catch(() => {});
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
