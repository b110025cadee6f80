import { AWAY_MS } from "../limits";

/** Whether the server can be reached, whether the list of chats is known at all, and whether it is today's. */
class Connection {
  online = $state(navigator.onLine);
  lost = $state(false);
  synced = $state(false);
  /** Whether the server has told what happened since what this browser had kept. */
  current = $state(false);
  /** When the server last told something, if only that nothing happened. */
  toldAt = 0;

  constructor() {
    addEventListener("online", () => (this.online = true));
    addEventListener("offline", () => (this.online = false));
  }

  get offline(): boolean {
    return !this.online || this.lost;
  }

  /** Whether nothing could be seen here for a while: no connection, or a computer that slept. */
  get wasAway(): boolean {
    return this.offline || Date.now() - this.toldAt > AWAY_MS;
  }
}

export const connection = new Connection();
