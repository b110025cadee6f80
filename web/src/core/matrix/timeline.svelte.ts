/** One open chat: the window of its history that is loaded, as a list of what to draw. */
import {
  ClientEvent,
  Direction,
  EventType,
  type MatrixEvent,
  MatrixEventEvent,
  RelationType,
  type Room,
  RoomEvent,
  RoomMemberEvent,
  RoomStateEvent,
  TimelineWindow,
} from "matrix-js-sdk";
import type { CryptoBackend } from "matrix-js-sdk/lib/common-crypto/CryptoBackend";
import { tick } from "svelte";
import { PAGE_EVENTS, WINDOW_EVENTS } from "../limits";
import type { Item, Message, ReadBy } from "../model";
import { matrix } from "./client";
import { connection } from "./connection.svelte";
import { late } from "./crypto.svelte";
import { laidOut } from "./layout";
import { isShown, toMessage } from "./messages";
import { PEOPLE_NOTES } from "./notes.svelte";
import { asMessage, outbox, withChanges } from "./outbox.svelte";
import { fetchQuoted, forgetQuoted } from "./quoted";
import { readBy } from "./readers";

export class OpenChat {
  items = $state.raw<Item[]>([]);
  loading = $state(true);
  failed = $state(false);
  loadingOlder = $state(false);
  loadingNewer = false;
  /** How often something newer was loaded; one such step may reach only as far as what is known already. */
  steps = $state(0);
  atStart = $state(false);
  /** Whether the newest message is in the window; false after a jump into the past. */
  atEnd = $state(true);
  /** Until when the other person of a private chat has read. */
  readUpTo = $state(0);
  /** In a group: who has read the newest of my messages. */
  readBy = $state.raw<ReadBy | undefined>();
  /** Whether the first unread message lies before what is loaded. */
  unreadAbove = $state(false);
  /** Whether the newest message is on the screen; where it is not, the reader's place is kept. */
  following = $state(false);
  /** Whether it has just been opened at its newest messages, and its list, if there is one, does not stand yet. */
  opening = false;
  /** Tells whether somebody looks at it right now. */
  watched: () => boolean = () => false;
  #window: TimelineWindow | undefined;
  #turn = 0;
  #cache = new Map<string, Message>();
  #unreadAfter: string | undefined;
  #unreadShown = false;
  #due = false;
  #closed = false;
  #listeners: (() => void)[] = [];

  constructor(
    readonly roomId: string,
    readonly person?: string,
  ) {}

  get room(): Room | null {
    return matrix().getRoom(this.roomId);
  }

  /** Whether what is said here must stay unknown to the server; so is a chat that is not known yet. */
  get encrypted(): boolean {
    return this.room?.hasEncryptionStateEvent() ?? true;
  }

  /** Draw the line of the unread below an event. */
  drawUnread(after?: string): void {
    this.#unreadAfter = after;
    if (after) this.changed();
  }

  /** Load the newest messages, or those around one. */
  async open(around?: string): Promise<void> {
    this.loading = true;
    this.failed = false;
    this.opening = !around;
    // What the browser kept may be replaced by what the server tells while it is being loaded.
    if (this.#listeners.length === 0) this.#listen();
    try {
      await this.#load(around);
      this.changed();
      this.#tryAgain();
    } catch {
      this.failed = true;
    } finally {
      this.loading = false;
    }
    this.#rebuild();
  }

  // A key that was missing may have arrived in the backup since.
  #tryAgain(): void {
    const backend = matrix().getCrypto() as CryptoBackend | undefined;
    if (!backend) return;
    for (const event of this.#window?.getEvents() ?? []) {
      if (event.isDecryptionFailure()) void event.attemptDecryption(backend, { isRetry: true });
    }
  }

  close(): void {
    this.#closed = true;
    for (const stop of this.#listeners) stop();
    this.#listeners = [];
  }

  /** Load what came before; gives false when there is nothing more. */
  async older(): Promise<boolean> {
    if (this.loadingOlder || this.atStart || !this.#window) return false;
    this.loadingOlder = true;
    try {
      await this.#window.paginate(Direction.Backward, PAGE_EVENTS, true, 3);
      await this.#exchange();
      return true;
    } catch {
      return false;
    } finally {
      this.loadingOlder = false;
    }
  }

  /** After a jump: load what came later. */
  async newer(): Promise<void> {
    if (this.atEnd || this.loadingNewer || !this.#window) return;
    this.loadingNewer = true;
    const moved = await this.#window.paginate(Direction.Forward, PAGE_EVENTS).catch(() => false);
    await this.#exchange();
    this.loadingNewer = false;
    if (moved) this.steps += 1;
  }

  /**
   * Draw what a full window holds after it has moved: first without what it let go at one end, then with what it took
   * in at the other. The list keeps the reader's place only when one end changes at a time.
   */
  async #exchange(): Promise<void> {
    const before = this.items;
    this.#rebuild();
    const after = this.items;
    const kept = new Set(after.map((item) => item.key));
    const both = before.filter((item) => kept.has(item.key));
    if (both.length === 0 || both.length === before.length || both.length === after.length) return;
    this.items = both;
    await tick();
    if (this.items === both) this.items = after;
  }

  /** Make the window hold an event; false when it can't be found. */
  async reach(eventId: string): Promise<boolean> {
    if (this.indexOf(eventId) >= 0) return true;
    this.following = false;
    try {
      await this.#load(eventId);
      this.#rebuild();
      return this.indexOf(eventId) >= 0;
    } catch {
      await this.#load().catch(() => {});
      this.#rebuild();
      return false;
    }
  }

  /** Make the window hold the line of the unread; false when it can't be found. */
  async reachUnread(): Promise<boolean> {
    const marker = this.#unreadAfter;
    if (!marker) return false;
    try {
      await this.#load(marker);
    } catch {
      return false;
    } finally {
      this.unreadAbove = false;
    }
    this.#rebuild();
    return this.items.some((item) => item.type === "unread");
  }

  async toEnd(): Promise<void> {
    if (this.atEnd) return;
    await this.#load();
    this.#rebuild();
  }

  indexOf(eventId: string): number {
    return this.items.findIndex((item) =>
      within(item).some((message) => message.id === eventId || message.key === eventId),
    );
  }

  /** All messages of the window, each photo of an album for itself. */
  get messages(): Message[] {
    return this.items.flatMap(within);
  }

  message(id: string): Message | undefined {
    return this.messages.find((message) => message.id === id || message.key === id);
  }

  event(id: string): MatrixEvent | undefined {
    return this.room?.findEventById(id);
  }

  async #load(around?: string): Promise<void> {
    const room = this.room;
    if (!room) throw new Error("there is no such chat");
    this.#turn += 1;
    const turn = this.#turn;
    const made = new TimelineWindow(matrix(), room.getUnfilteredTimelineSet(), {
      windowLimit: WINDOW_EVENTS,
    });
    await made.load(around, PAGE_EVENTS);
    // What is wanted last is shown, however long the one before takes.
    if (turn !== this.#turn) return;
    this.#window = made;
    // What was kept from the last visit may end right there.
    const after = around ? made.getEvents().findIndex((event) => event.getId() === around) : -1;
    if (
      after >= 0 &&
      made.getEvents().length - after < PAGE_EVENTS / 2 &&
      made.canPaginate(Direction.Forward)
    )
      await made.paginate(Direction.Forward, PAGE_EVENTS);
    // A chat whose newest events are all invisible ones would look empty; and the oldest message is held back while
    // there is more, so what is wanted must not be that one.
    for (let tries = 0; tries < 3 && !this.#closed; tries++) {
      const shown = made.getEvents().filter(isShown);
      const enough = shown.length >= 15 && shown[0]?.getId() !== around;
      if (enough || !made.canPaginate(Direction.Backward)) break;
      if (!navigator.onLine || !(await made.paginate(Direction.Backward, PAGE_EVENTS).catch(() => false)))
        break;
    }
  }

  #listen(): void {
    const client = matrix();
    const here = (event: MatrixEvent): boolean => event.getRoomId() === this.roomId;
    const on = (
      target: { on: unknown; off: unknown },
      name: string,
      run: (...parts: never[]) => void,
    ): void => {
      (target.on as (name: string, run: unknown) => void).call(target, name, run);
      this.#listeners.push(() =>
        (target.off as (name: string, run: unknown) => void).call(target, name, run),
      );
    };
    const changed = (event: MatrixEvent): void => {
      if (!here(event)) return;
      this.#forget(event);
      this.changed();
    };
    on(client, RoomEvent.Timeline, (event: MatrixEvent, room: Room | undefined, toStart: boolean) => {
      if (room?.roomId !== this.roomId || toStart) return;
      // The library tells of a redaction only where it holds what was taken back; a quote may hold more.
      const gone = event.isRedaction() ? event.getAssociatedId() : undefined;
      if (gone && forgetQuoted(gone)) this.#forgetQuotesOf(gone);
      changed(event);
    });
    on(client, RoomEvent.TimelineReset, (room: Room | undefined) => {
      if (room?.roomId !== this.roomId) return;
      // More has come than the server tells at once. The window ends now before that, and can be moved on.
      if (!this.following && !this.opening) return this.changed();
      // In front of somebody's eyes it is what it would be in small pieces; who was away finds where it began.
      const seen = this.watched() && !connection.wasAway;
      // Whoever is only just opening it has what the server knows of their reading.
      if (this.following) this.#unreadAfter = seen ? undefined : this.#window?.getEvents().at(-1)?.getId();
      this.#unreadShown = false;
      void this.#load().then(() => this.changed());
    });
    on(client, RoomEvent.Redaction, (event: MatrixEvent) => {
      const target = event.getAssociatedId();
      if (target) this.#cache.delete(target);
      // Nobody may read on in a quote what was taken back.
      this.#forgetQuotesOf(target);
      const redacted = target ? this.room?.findEventById(target) : undefined;
      const parent = redacted?.getRelation()?.event_id;
      if (parent) this.#cache.delete(parent);
      if (redacted?.isRelation(RelationType.Replace)) this.#forgetQuotesOf(parent);
      if (here(event)) this.changed();
    });
    const reworded = (event: MatrixEvent): void => {
      this.#forgetQuotesOf(event.getId());
      changed(event);
    };
    on(client, MatrixEventEvent.Decrypted, reworded);
    void late.adopted.then(() => this.changed());
    on(client, MatrixEventEvent.Replaced, reworded);
    on(client, MatrixEventEvent.BeforeRedaction, (event: MatrixEvent) => {
      const parent = event.getRelation()?.event_id;
      if (parent)
        queueMicrotask(() => {
          this.#cache.delete(parent);
          this.changed();
        });
    });
    on(
      client,
      RoomEvent.Receipt,
      (_: MatrixEvent, room: Room) => room.roomId === this.roomId && this.changed(),
    );
    const renamed = (_: MatrixEvent, member: { roomId: string }): void => {
      if (member.roomId !== this.roomId) return;
      this.#cache.clear();
      this.changed();
    };
    on(client, RoomMemberEvent.Name, renamed);
    on(client, ClientEvent.AccountData, (event: MatrixEvent) => {
      if (event.getType() !== PEOPLE_NOTES) return;
      this.#cache.clear();
      this.changed();
    });
    on(client, RoomStateEvent.Events, (event: MatrixEvent) => {
      if (here(event) && event.getType() === EventType.RoomMember) {
        this.#cache.clear();
        this.changed();
      }
    });
  }

  /** Draw anew soon; many changes at once cost one drawing. */
  changed(): void {
    if (this.#due || this.#closed) return;
    this.#due = true;
    queueMicrotask(() => {
      this.#due = false;
      if (!this.#closed) this.#rebuild();
    });
  }

  #forget(event: MatrixEvent): void {
    const id = event.getId();
    if (id) this.#cache.delete(id);
    const relation = event.getRelation();
    if (relation?.event_id) this.#cache.delete(relation.event_id);
    // What quotes the edited message shows its new words.
    if (relation?.rel_type === RelationType.Replace) this.#forgetQuotesOf(relation.event_id);
  }

  #forgetQuotesOf(id: string | undefined): void {
    for (const [key, message] of this.#cache) if (message.quote?.id === id) this.#cache.delete(key);
  }

  #complete(id: string): void {
    void fetchQuoted(this.roomId, id).then((found) => {
      if (!found) return;
      this.#forgetQuotesOf(id);
      this.changed();
    });
  }

  #rebuild(): void {
    const room = this.room;
    const window = this.#window;
    if (!room || !window) return;
    if (this.atEnd) window.extend(Direction.Forward, PAGE_EVENTS);
    const me = matrix().getUserId() ?? "";
    const messages: Message[] = [];
    const arrived = new Set<string>();
    const drawn = new Set<string>();
    let markerSeen = false;
    let firstUnread: string | undefined;
    for (const event of window.getEvents()) {
      const txn = event.getUnsigned().transaction_id;
      if (typeof txn === "string") arrived.add(txn);
      const id = event.getId() ?? "";
      if (outbox.entries.length > 0) arrived.add(id);
      if (id === this.#unreadAfter) markerSeen = true;
      if (!isShown(event)) continue;
      // What came while the encryption was loading was read by nobody.
      if (event.shouldAttemptDecryption()) void matrix().decryptEventIfNeeded(event);
      let message = this.#cache.get(id);
      // It may have become readable before anybody here listened.
      if (!message || message.kind === "undecryptable") {
        message = toMessage(event, room, me);
        this.#cache.set(id, message);
      }
      // COMPAT(matrix-js-sdk, 43): what one sent is there twice at times, by the answer to it and by the sync.
      if (drawn.has(message.key)) continue;
      drawn.add(message.key);
      messages.push(message);
      if (message.quote && !message.quote.sender) this.#complete(message.quote.id);
      if (markerSeen && !firstUnread && id !== this.#unreadAfter && !message.mine) firstUnread = id;
    }
    this.atStart = !window.canPaginate(Direction.Backward);
    this.atEnd = !window.canPaginate(Direction.Forward);
    this.readBy = this.person ? undefined : readBy(room, window.getEvents(), messages, me);
    if (this.atEnd) messages.push(...unsent(this.roomId, arrived));
    if (outbox.entries.length > 0) queueMicrotask(() => outbox.arrived(arrived));
    this.readUpTo = this.person ? readUntil(room, this.person) : 0;
    this.unreadAbove = this.#unreadAfter !== undefined && !markerSeen && !this.#unreadShown && !this.atStart;
    if (markerSeen) this.#unreadShown = true;
    this.items = laidOut(withChanges(messages, this.roomId, arrived), this.atStart, firstUnread);
  }
}

const within = (item: Item): Message[] => (item.type === "message" ? (item.album ?? [item.message]) : []);

function unsent(roomId: string, arrived: Set<string>): Message[] {
  return outbox.entries
    .filter(
      (entry) =>
        entry.roomId === roomId && !arrived.has(entry.id) && !(entry.eventId && arrived.has(entry.eventId)),
    )
    .map((entry) => asMessage(entry))
    .filter((message) => message !== undefined);
}

function readUntil(room: Room, person: string): number {
  const id = room.getEventReadUpTo(person);
  const event = id ? room.findEventById(id) : undefined;
  return event?.getTs() ?? room.getReadReceiptForUserId(person)?.data.ts ?? 0;
}
