/** Starts everything that lives as long as somebody is signed in. Loaded after the sign-in, with the library. */
import { ClientEvent, SyncState } from "matrix-js-sdk";
import type { Session } from "../api";
import { followAlerts } from "./alertNames";
import { chats } from "./chats.svelte";
import { startClient } from "./client";
import { startWhenIdle } from "./crypto.svelte";
import { notes } from "./notes.svelte";
import { outbox } from "./outbox.svelte";
import { blocked } from "./people.svelte";
import { profile } from "./profile.svelte";
import { forgetRemoved } from "./removed";
import { newSessions } from "./sessions.svelte";
import { indexDecrypted } from "./words";

export async function start(session: Session): Promise<void> {
  const client = await startClient(session);
  forgetRemoved(client);
  notes.attach(client);
  chats.attach(client);
  indexDecrypted(client);
  await outbox.start();
  // The server is there again: what waits for its next attempt need not wait longer.
  client.on(ClientEvent.Sync, (state, before) => {
    if (state === SyncState.Syncing && before !== SyncState.Syncing) outbox.hurry();
  });
  blocked.load();
  newSessions.listen();
  void profile.load();
  startWhenIdle();
  followAlerts(client);
}

export { chats } from "./chats.svelte";
