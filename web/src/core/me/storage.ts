/** What the app keeps in this browser, and letting go of what can be fetched again. */
import { database } from "../store/idb";

export interface Usage {
  used: number;
  room: number;
  pictures: number;
  words: number;
  persistent: boolean;
}

const PICTURES = "teahouse-thumbnails";

export async function usage(): Promise<Usage> {
  const { usage: used = 0, quota = 0 } = (await navigator.storage?.estimate?.()) ?? {};
  const cache = "caches" in window ? await caches.open(PICTURES) : undefined;
  return {
    used,
    room: quota,
    pictures: (await cache?.keys())?.length ?? 0,
    words: await (await database()).count("words"),
    persistent: (await navigator.storage?.persisted?.()) ?? false,
  };
}

export async function clearPictures(): Promise<void> {
  if ("caches" in window) await caches.delete(PICTURES);
}

/** Ask the browser never to clear what is kept when it needs room; tells whether it agreed. */
export async function keepForGood(): Promise<boolean> {
  return (await navigator.storage?.persist?.()) ?? false;
}
