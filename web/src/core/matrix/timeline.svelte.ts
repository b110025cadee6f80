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
import { GROUPED_MS, PAGE_EVENTS, TIME_GAP_MS, WINDOW_EVENTS } from "../limits";
import type { Item, Message } from "../model";
import { matrix } from "./client";
import { isShown, toMessage } from "./messages";
import { PEOPLE_NOTES } from "./notes.svelte";
import { asMessage, outbox } from "./outbox.svelte";

export class OpenChat {
  items = $state.raw<Item[]>([]);
  loading = $state(true);
  failed = $state(false);
  loadingOlder = $state(false);
  atStart = $state(false);
  /** Whether the newest message is in the window; false after a jump into the past. */
  atEnd = $state(true);
  /** Until when the other person of a private chat has read. */
  readUpTo = $state(0);
  /** Counts up when items were put before the first. */
  prepended = $state(0);
  #window: TimelineWindow | undefined;
  #cache = new Map<string, Message>();
  #unreadAfter: string | undefined;
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

  /** Load the newest messages, or those around one; `unreadAfter` draws the line of the unread below an event. */
  async open(around?: string, unreadAfter?: string): Promise<void> {
    this.#unreadAfter = unreadAfter;
    this.loading = true;
    this.failed = false;
    try {
      await this.#load(around);
      this.#listen();
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
      const before = this.items.length;
      await this.#window.paginate(Direction.Backward, PAGE_EVENTS, true, 3);
      this.#rebuild();
      if (this.items.length > before) this.prepended += 1;
      return true;
    } catch {
      return false;
    } finally {
      this.loadingOlder = false;
    }
  }

  /** After a jump: load what came later. */
  async newer(): Promise<void> {
    if (this.atEnd || !this.#window) return;
    await this.#window.paginate(Direction.Forward, PAGE_EVENTS).catch(() => false);
    this.#rebuild();
  }

  /** Make the window hold an event; false when it can't be found. */
  async reach(eventId: string): Promise<boolean> {
    if (this.indexOf(eventId) >= 0) return true;
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

  async toEnd(): Promise<void> {
    if (this.atEnd) return;
    await this.#load();
    this.#rebuild();
  }

  indexOf(eventId: string): number {
    return this.items.findIndex(
      (item) => item.type === "message" && (item.message.id === eventId || item.message.key === eventId),
    );
  }

  message(id: string): Message | undefined {
    const item = this.items[this.indexOf(id)];
    return item?.type === "message" ? item.message : undefined;
  }

  event(id: string): MatrixEvent | undefined {
    return this.room?.findEventById(id);
  }

  async #load(around?: string): Promise<void> {
    const room = this.room;
    if (!room) throw new Error("there is no such chat");
    const made = new TimelineWindow(matrix(), room.getUnfilteredTimelineSet(), {
      windowLimit: WINDOW_EVENTS,
    });
    await made.load(around, PAGE_EVENTS);
    this.#window = made;
    // A chat whose newest events are all invisible ones would look empty.
    for (let tries = 0; tries < 3 && !this.#closed; tries++) {
      if (made.getEvents().filter(isShown).length >= 15 || !made.canPaginate(Direction.Backward)) break;
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
      changed(event);
    });
    on(client, RoomEvent.TimelineReset, (room: Room | undefined) => {
      if (room?.roomId === this.roomId) void this.#load().then(() => this.changed());
    });
    on(client, RoomEvent.Redaction, (event: MatrixEvent) => {
      const target = event.getAssociatedId();
      if (target) this.#cache.delete(target);
      const redacted = target ? this.room?.findEventById(target) : undefined;
      const parent = redacted?.getRelation()?.event_id;
      if (parent) this.#cache.delete(parent);
      if (here(event)) this.changed();
    });
    on(client, MatrixEventEvent.Decrypted, changed);
    on(client, MatrixEventEvent.Replaced, changed);
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
    if (relation?.rel_type === RelationType.Replace) {
      // What quotes the edited message shows its new words.
      for (const [key, message] of this.#cache)
        if (message.quote?.id === relation.event_id) this.#cache.delete(key);
    }
  }

  #rebuild(): void {
    const room = this.room;
    const window = this.#window;
    if (!room || !window) return;
    if (this.atEnd) window.extend(Direction.Forward, PAGE_EVENTS);
    const me = matrix().getUserId() ?? "";
    const messages: Message[] = [];
    const arrived = new Set<string>();
    for (const event of window.getEvents()) {
      const txn = event.getUnsigned().transaction_id;
      if (typeof txn === "string") arrived.add(txn);
      const id = event.getId() ?? "";
      if (outbox.entries.length > 0) arrived.add(id);
      if (!isShown(event)) continue;
      let message = this.#cache.get(id);
      if (!message) {
        message = toMessage(event, room, me);
        this.#cache.set(id, message);
      }
      messages.push(message);
    }
    this.atStart = !window.canPaginate(Direction.Backward);
    this.atEnd = !window.canPaginate(Direction.Forward);
    if (this.atEnd) messages.push(...unsent(this.roomId, arrived));
    if (outbox.entries.length > 0) queueMicrotask(() => outbox.arrived(arrived));
    this.readUpTo = this.person ? readUntil(room, this.person) : 0;
    this.items = laidOut(messages, this.atStart, this.#unreadAfter);
  }
}

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

/** Put times, the line of the unread and the groups of bubbles between messages. */
export function laidOut(messages: Message[], atStart: boolean, unreadAfter?: string): Item[] {
  const items: Item[] = [];
  if (atStart) items.push({ type: "start", key: "start" });
  // The oldest loaded message is held back while there is more: how the next one looks depends on it, and what
  // is on the screen must not change its height when history is put above it.
  const held = !atStart && messages.length > 1 ? messages[0] : undefined;
  let before = held;
  let lineDue = held !== undefined && held.id === unreadAfter;
  for (const [index, message] of messages.entries()) {
    if (message === held) continue;
    if (lineDue && !message.mine) {
      items.push({ type: "unread", key: "unread" });
      lineDue = false;
      before = undefined;
    }
    const day = !before || new Date(before.at).toDateString() !== new Date(message.at).toDateString();
    if (day || !before || message.at - before.at > TIME_GAP_MS) {
      items.push({ type: "time", key: `time ${message.key}`, at: message.at, day });
      before = undefined;
    }
    const next = messages[index + 1];
    items.push({
      type: "message",
      key: message.key,
      message,
      first: !together(before, message),
      last: !together(message, next),
    });
    if (message.id === unreadAfter && next) lineDue = true;
    before = message;
  }
  return items;
}

const stands = (message: Message): boolean => message.kind === "system" || message.kind === "recalled";

function together(one: Message | undefined, other: Message | undefined): boolean {
  if (!one || !other || one.sender !== other.sender || stands(one) || stands(other)) return false;
  return (
    other.at - one.at < GROUPED_MS && new Date(one.at).toDateString() === new Date(other.at).toDateString()
  );
}
