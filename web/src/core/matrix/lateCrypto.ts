/**
 * Stands between the sync and the encryption, which is loaded later than the sync begins. Whatever of a sync answer
 * the encryption must not miss (keys sent to this device, changed devices of others) makes the sync wait for it;
 * everything else goes on. Nothing is acknowledged to the server that the encryption has not taken.
 */
import {
  EventType,
  type MatrixClient,
  type MatrixEvent,
  type ReceivedToDeviceMessage,
  type Room,
} from "matrix-js-sdk";
import type {
  CryptoBackend,
  OnSyncCompletedData,
  SyncCryptoCallbacks,
  SyncCryptoChanges,
} from "matrix-js-sdk/lib/common-crypto/CryptoBackend";

/** How often to look for a device that asks something, at most. */
const LOOKS = 10;
/** How long the encryption need not hear that there is nothing new. */
const QUIET_MS = 25_000;

export class LateCrypto implements SyncCryptoCallbacks {
  #backend: CryptoBackend | undefined;
  #newest: SyncCryptoChanges | undefined;
  /** What the encryption was last told of its keys on the server, and when. */
  #told = "";
  #toldAt = 0;
  #tell: () => void = () => {};
  /** Resolves once the encryption is there. */
  readonly adopted = new Promise<void>((done) => (this.#tell = done));

  constructor(readonly ready: () => Promise<void>) {}

  /** Put this in the place where the client gives its encryption to the sync. */
  attach(client: MatrixClient): void {
    const inside = client as unknown as { buildSyncApiOptions(): object };
    const original = inside.buildSyncApiOptions.bind(client);
    inside.buildSyncApiOptions = () => ({ ...original(), cryptoCallbacks: this });
  }

  /** The encryption is there: give it what it would have seen from the start. */
  async adopt(client: MatrixClient): Promise<void> {
    const backend = client.getCrypto() as CryptoBackend;
    for (const room of client.getRooms()) {
      const event = room.currentState.getStateEvents(EventType.RoomEncryption, "");
      if (event) await backend.onCryptoEvent(room, event);
    }
    this.#backend = backend;
    if (this.#newest) {
      await backend.processSyncChanges(this.#newest);
      backend.onSyncCompleted({});
    }
    for (const room of client.getRooms()) {
      for (const event of room.getLiveTimeline().getEvents()) {
        if (event.isEncrypted()) void client.decryptEventIfNeeded(event);
      }
    }
    this.#tell();
  }

  async processSyncChanges(changes: SyncCryptoChanges): Promise<ReceivedToDeviceMessage[]> {
    const { toDeviceEvents, deviceLists } = changes;
    const mayWait =
      toDeviceEvents.length === 0 && !deviceLists?.changed?.length && !deviceLists?.left?.length;
    if (!this.#backend && mayWait) {
      this.#newest = changes;
      return [];
    }
    // Hearing it loads and saves the whole account, and makes the messages of the answer wait, even where it says nothing.
    const keys = JSON.stringify([changes.oneTimeKeysCounts, changes.unusedFallbackKeys]);
    if (mayWait && keys === this.#told && Date.now() - this.#toldAt < QUIET_MS) return [];
    await this.ready();
    const backend = this.#backend;
    if (!backend) return [];
    await this.#meetAskers(backend, changes);
    const received = await backend.processSyncChanges(changes);
    this.#told = keys;
    this.#toldAt = Date.now();
    return received;
  }

  /**
   * Let the encryption learn of the devices that ask to compare emoji before it sees what they ask: it drops, without
   * a word, what a device asks that it does not know yet, and a device that has just signed in asks early.
   */
  async #meetAskers(backend: CryptoBackend, changes: SyncCryptoChanges): Promise<void> {
    const asked = changes.toDeviceEvents.filter(({ type }) => type === EventType.KeyVerificationRequest);
    if (asked.length === 0) return;
    await backend.processSyncChanges({ ...changes, toDeviceEvents: [] });
    backend.onSyncCompleted({});
    for (const { sender, content } of asked) {
      const known = async () =>
        (await backend.getUserDeviceInfo([sender])).get(sender)?.has(content.from_device);
      // Each look waits up to a second for a question about devices that is under way.
      for (let looks = 0; looks < LOOKS && !(await known()); looks++);
    }
  }

  async onCryptoEvent(room: Room, event: MatrixEvent): Promise<void> {
    await this.#backend?.onCryptoEvent(room, event);
  }

  onSyncCompleted(state: OnSyncCompletedData): void {
    this.#backend?.onSyncCompleted(state);
  }

  async markAllTrackedUsersAsDirty(): Promise<void> {
    await this.ready();
    await this.#backend?.markAllTrackedUsersAsDirty();
  }
}
