/** Makes the address of a picture or sound loadable by an element that can't send the access token itself. */
import type { EncryptedFile, Media } from "./model";
import { holder } from "./session.svelte";

const MEDIA = "/_matrix/client/v1/media/";
const made = new Map<string, Promise<string>>();
const MOST_MADE = 300;

/** Give an address that an `<img>` or `<video>` can load; the same one for the same source. */
export function reachable(src: string): Promise<string> {
  if (!src.includes(MEDIA) || navigator.serviceWorker?.controller) return Promise.resolve(src);
  let url = made.get(src);
  if (!url) {
    url = fetchBlob(src).then((blob) => URL.createObjectURL(blob));
    url.catch(() => made.delete(src));
    made.set(src, url);
    forgetOldest();
  }
  return url;
}

/** Fetch media with the token. */
export async function fetchBlob(src: string, signal?: AbortSignal): Promise<Blob> {
  const token = holder.session?.accessToken;
  const headers: HeadersInit = token && src.includes(MEDIA) ? { Authorization: `Bearer ${token}` } : {};
  const answer = await fetch(src, { headers, signal });
  if (!answer.ok) throw new Error(`media: ${answer.status}`);
  return answer.blob();
}

function forgetOldest(): void {
  if (made.size <= MOST_MADE) return;
  const [oldest] = made.keys();
  const url = oldest && made.get(oldest);
  if (!oldest || !url) return;
  made.delete(oldest);
  url.then((address) => URL.revokeObjectURL(address)).catch(() => {});
}

const SAFE = /^(image\/(jpeg|png|gif|webp|avif|bmp)|audio\/[\w.+-]+|video\/[\w.+-]+)$/;
const opened = new Map<string, Promise<string>>();

/** Give an address for a file that may be encrypted: it is then fetched and decrypted here. */
export function shownUrl(
  url: string,
  encrypted: EncryptedFile | undefined,
  mimetype: string,
): Promise<string> {
  if (!encrypted || url.startsWith("blob:")) return reachable(url);
  let found = opened.get(url);
  if (!found) {
    found = opening(url, encrypted, mimetype);
    found.catch(() => opened.delete(url));
    opened.set(url, found);
  }
  return found;
}

async function opening(url: string, encrypted: EncryptedFile, mimetype: string): Promise<string> {
  const sealed = await (await fetchBlob(url)).arrayBuffer();
  const { decryptFile } = await import("./encryptFile");
  // A blob's address belongs to our origin, so nothing that could run there may carry its own type.
  const type = SAFE.test(mimetype) ? mimetype : "application/octet-stream";
  return URL.createObjectURL(new Blob([await decryptFile(sealed, encrypted)], { type }));
}

/** Fetch a file, decrypted when it is encrypted, and hand it to the browser's downloads. */
export async function save(media: Media): Promise<void> {
  const blob = media.encrypted
    ? await (await fetch(await shownUrl(media.url, media.encrypted, "application/octet-stream"))).blob()
    : await fetchBlob(media.url);
  hand(blob, media.name.replace(/[/\\:*?"<>|\p{Cc}\u202a-\u202e\u2066-\u2069]/gu, "_").slice(-120) || "file");
}

/** Hand a text to the browser's downloads. */
export const saveText = (text: string, name: string): void => hand(new Blob([text]), name);

function hand(blob: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([blob], { type: "application/octet-stream" }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
