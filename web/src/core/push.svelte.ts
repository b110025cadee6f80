/**
 * Notifications while the app is closed: the browser's subscription, and the server's pusher for it (MSC4174). What the
 * service worker may say in them is kept for it here, since it can't ask a page that is closed.
 */
import { request } from "./api";
import { holder } from "./session.svelte";
import { keep } from "./store/idb";
import { settings } from "./store/settings.svelte";

type State = "unknown" | "off" | "waiting" | "on" | "denied" | "unsupported" | "failed";

const APP_ID = "teahouse.web";
const KEY = "teahouse.push";
const CLIENT = "/_matrix/client/v3";

interface Pusher {
  app_id: string;
  pushkey: string;
  data: { url?: string; activated?: boolean };
}

const call = async <T>(method: string, path: string, body?: unknown): Promise<T> => {
  await holder.fresh();
  return request<T>(method, CLIENT + path, body, holder.session?.accessToken);
};

class Push {
  state = $state<State>("unknown");
  #listening = false;

  get supported(): boolean {
    return "serviceWorker" in navigator && "PushManager" in window && "Notification" in window;
  }

  /** Whether there was never a word about it: neither yes nor no. */
  get unasked(): boolean {
    return this.supported && Notification.permission === "default" && localStorage.getItem(KEY) === null;
  }

  /** Find out how things stand; renews what the browser has changed since. */
  async check(): Promise<void> {
    this.#listen();
    if (!this.supported) this.state = "unsupported";
    else if (Notification.permission === "denied") this.state = "denied";
    else if (localStorage.getItem(KEY) !== "on" || Notification.permission !== "granted") this.state = "off";
    else await this.#subscribe().catch(() => (this.state = "failed"));
  }

  /** Only ever because of a tap: the browser asks the person. */
  async enable(): Promise<void> {
    if ((await Notification.requestPermission()) !== "granted") {
      this.state = Notification.permission === "denied" ? "denied" : "off";
      return;
    }
    localStorage.setItem(KEY, "on");
    try {
      await this.#subscribe();
    } catch (error) {
      console.warn("no push", error);
      localStorage.removeItem(KEY);
      this.state = "failed";
    }
  }

  async disable(): Promise<void> {
    localStorage.setItem(KEY, "off");
    const registration = await navigator.serviceWorker.ready;
    const subscription = await registration.pushManager.getSubscription();
    const key = subscription && keyOf(subscription, "p256dh");
    if (key) await call("POST", "/pushers/set", { kind: null, app_id: APP_ID, pushkey: key });
    await subscription?.unsubscribe();
    this.state = "off";
  }

  /** Whoever signs out here is told nothing here any more. */
  async forget(): Promise<void> {
    localStorage.removeItem(KEY);
    const registration = await navigator.serviceWorker?.getRegistration();
    await (await registration?.pushManager?.getSubscription())?.unsubscribe();
    await closeShown();
  }

  async #subscribe(): Promise<void> {
    const registration = await navigator.serviceWorker.ready;
    const { capabilities } = await call<{
      capabilities: Record<string, { enabled?: boolean; vapid?: string } | undefined>;
    }>("GET", "/capabilities");
    const offered = capabilities["m.webpush"] ?? capabilities["org.matrix.msc4174.webpush"];
    if (!offered?.enabled || !offered.vapid) {
      this.state = "unsupported";
      return;
    }
    const subscription = await registration.pushManager.subscribe({
      userVisibleOnly: true,
      applicationServerKey: offered.vapid,
    });
    const pushkey = keyOf(subscription, "p256dh");
    await call("POST", "/pushers/set", {
      kind: "org.matrix.msc4174.webpush",
      app_id: APP_ID,
      pushkey,
      app_display_name: "Teahouse",
      device_display_name: navigator.userAgent.slice(0, 200),
      lang: settings.language,
      append: false,
      data: {
        url: subscription.endpoint,
        auth: keyOf(subscription, "auth"),
        format: "event_id_only",
        // Safari ends a subscription after a few messages that show nothing.
        events_only: !("userAgentData" in navigator) && /Safari\//.test(navigator.userAgent),
      },
    });
    await this.#look(pushkey);
  }

  /** Ask the server whether the pusher is active; and forget those of this app that came before it on this device. */
  async #look(pushkey: string): Promise<void> {
    const { pushers } = await call<{ pushers: Pusher[] }>("GET", "/pushers");
    const own = pushers.find((one) => one.app_id === APP_ID && one.pushkey === pushkey);
    this.state = own?.data.activated ? "on" : "waiting";
  }

  #listen(): void {
    if (this.#listening || !("serviceWorker" in navigator)) return;
    this.#listening = true;
    navigator.serviceWorker.addEventListener("message", (event: MessageEvent<{ type?: string }>) => {
      if (event.data?.type === "push-activated") this.state = "on";
    });
  }
}

function keyOf(subscription: PushSubscription, name: PushEncryptionKeyName): string {
  const bytes = new Uint8Array(subscription.getKey(name) ?? new ArrayBuffer(0));
  return btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");
}

/** What the service worker may say: names that this device knows, and whether to say what was written. */
export interface Known {
  language: string;
  previews: boolean;
  rooms: Record<string, { name: string; private: boolean }>;
  people: Record<string, string>;
}

export const keepKnown = (known: Known): Promise<void> => keep("alerts", known);

/** Close what is shown about chats that were read, here or elsewhere; asked with the chat and when it was shown. */
export async function closeShown(isRead: (room: string, at: number) => boolean = () => true): Promise<void> {
  const registration = await navigator.serviceWorker?.getRegistration();
  for (const shown of (await registration?.getNotifications?.()) ?? []) {
    const { room = "", at = 0 } = (shown.data ?? {}) as { room?: string; at?: number };
    if (isRead(room, at)) shown.close();
  }
}

export const push = new Push();
