/** Keeps for the service worker what notifications may say, and closes those whose chat was read. */
import { ClientEvent, type MatrixClient, RoomEvent, SyncState } from "matrix-js-sdk";
import { ALERT_NAMES_MS, MOST_ALERT_NAMES } from "../limits";
import { closeShown, type Known, keepKnown, push } from "../push.svelte";
import { settings } from "../store/settings.svelte";
import { chats } from "./chats.svelte";
import { nameIn } from "./messages";

/** Whether the server has answered since the start. */
let answered = false;
let client: MatrixClient | undefined;
let due: ReturnType<typeof setTimeout> | undefined;
let unread = new Set<string>();

export function followAlerts(started: MatrixClient): void {
  client = started;
  client.on(ClientEvent.Sync, (state) => {
    // What is there before, from the browser's own store, may be older than what is shown.
    answered ||= state === SyncState.Syncing;
    soon();
  });
  client.on(RoomEvent.Timeline, soon);
  client.on(RoomEvent.Receipt, soon);
  void push.check();
  soon();
}

/** Keep it anew: the person chose something else. */
export function alertsChanged(): void {
  clearTimeout(due);
  due = undefined;
  void work();
}

function soon(): void {
  due ??= setTimeout(() => {
    due = undefined;
    void work();
  }, ALERT_NAMES_MS);
}

async function work(): Promise<void> {
  if (!answered) return;
  const now = new Set(chats.list.filter((chat) => chat.unread > 0).map((chat) => chat.id));
  const before = unread;
  unread = now;
  // A notification may be quicker than the sync, so not every chat without unread messages was read since.
  await closeShown((room, at) => !now.has(room) && (before.has(room) || at < performance.timeOrigin));
  await keepKnown(known());
}

function known(): Known {
  const rooms: Known["rooms"] = {};
  const people: Known["people"] = {};
  let left = MOST_ALERT_NAMES;
  for (const chat of chats.list) {
    rooms[chat.id] = { name: chat.name, private: chat.person !== undefined };
    const room = client?.getRoom(chat.id) ?? null;
    for (const member of room?.getJoinedMembers() ?? []) {
      if (left-- <= 0) break;
      people[member.userId] ??= nameIn(room, member.userId);
    }
  }
  return { language: settings.language, previews: settings.previews, rooms, people };
}
