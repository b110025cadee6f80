/** Whether the server can be reached, whether the list of chats is known at all, and whether it is today's. */
class Connection {
  online = $state(navigator.onLine);
  lost = $state(false);
  synced = $state(false);
  /** Whether the server has told what happened since what this browser had kept. */
  current = $state(false);

  constructor() {
    addEventListener("online", () => (this.online = true));
    addEventListener("offline", () => (this.online = false));
  }

  get offline(): boolean {
    return !this.online || this.lost;
  }
}

export const connection = new Connection();
