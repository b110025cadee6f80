/** Makes the address of a picture or sound loadable by an element that can't send the access token itself. */
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
