/** Whether the server can be reached, and whether the list of chats is known at all. */
class Connection {
  online = $state(navigator.onLine);
  lost = $state(false);
  synced = $state(false);

  constructor() {
    addEventListener("online", () => (this.online = true));
    addEventListener("offline", () => (this.online = false));
  }

  get offline(): boolean {
    return !this.online || this.lost;
  }
}

export const connection = new Connection();
