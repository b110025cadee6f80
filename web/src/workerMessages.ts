/** Answers the service worker: whether a chat is before somebody's eyes, and where a tapped notification leads. */
import { match, router } from "./router.svelte";

interface Message {
  type?: string;
  room?: string;
  path?: string;
}

export function followWorker(): void {
  navigator.serviceWorker?.addEventListener("message", (event: MessageEvent<Message>) => {
    const { type, room, path } = event.data ?? {};
    if (type === "open" && path?.startsWith("/")) router.go(path);
    if (type === "is-watched") event.ports[0]?.postMessage(shows(room ?? ""));
  });
}

const shows = (room: string): boolean =>
  document.visibilityState === "visible" && match("/chats/:room", router.place.path)?.room === room;
