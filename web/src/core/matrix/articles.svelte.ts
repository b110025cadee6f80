/**
 * What a public account published, newest first. Read from the server with a filter, so that a thousand new
 * subscribers between two articles cost nothing; what was read is kept for a visit without a connection.
 */
import { ClientEvent, EventType, type MatrixEvent, Method, type Room, RoomEvent } from "matrix-js-sdk";
import { SyncState } from "matrix-js-sdk/lib/sync";
import { ARTICLES_KEPT } from "../limits";
import type { Media } from "../model";
import { forgetSome, keep, kept, unkeep } from "../store/idb";
import { type Article, articleIn } from "./articleContent";
import { matrix } from "./client";
import { mediaOf } from "./media";
import { handleOf, nameIn } from "./messages";
import { shelf, single, withoutWords } from "./removed";

const PAGE = 20;

type Content = Record<string, unknown>;

interface Raw {
  event_id: string;
  type: string;
  sender: string;
  origin_server_ts: number;
  content: Content;
  unsigned?: {
    redacted_because?: { sender?: string; redacts?: string; content?: Content };
    "m.relations"?: { "m.replace"?: Raw };
  };
}

/** One entry of an account: an article, an ordinary message of an editor, or the place of what was removed. */
export interface Entry {
  id: string;
  sender: string;
  senderName: string;
  at: number;
  kind: "article" | "note" | "removed";
  article?: Article;
  text: string;
  html?: string;
  media?: Media;
  mediaKind?: "image" | "video" | "audio" | "file";
  edited: boolean;
  mine: boolean;
  /** Of what was removed. */
  removedBy?: string;
  reason?: string;
}

const relation = (raw: Raw): { rel_type?: string; event_id?: string } =>
  (raw.content["m.relates_to"] as { rel_type?: string; event_id?: string } | undefined) ?? {};
/** Whether it changed an entry. Of one that was removed with the entry only the reason for that tells. */
function isEdit(raw: Raw): boolean {
  const because = raw.unsigned?.redacted_because;
  const removed = because?.redacts ?? because?.content?.redacts;
  return relation(raw).rel_type === "m.replace" || (removed !== undefined && removed !== raw.event_id);
}

function asEntry(roomId: string, raw: Raw): Entry {
  const room = matrix().getRoom(roomId);
  const because = raw.unsigned?.redacted_because;
  const edit = raw.unsigned?.["m.relations"]?.["m.replace"];
  const changed = edit?.sender === raw.sender ? edit.content["m.new_content"] : undefined;
  const content = (changed && typeof changed === "object" ? changed : raw.content) as Content;
  const entry: Entry = {
    id: raw.event_id,
    sender: raw.sender,
    senderName: room ? nameIn(room, raw.sender) : handleOf(raw.sender),
    at: raw.origin_server_ts,
    kind: "note",
    text: typeof content.body === "string" ? content.body : "",
    edited: changed !== undefined,
    mine: raw.sender === matrix().getUserId(),
  };
  if (because || Object.keys(raw.content).length === 0) {
    const by = because?.sender;
    const why = because?.content?.reason;
    entry.kind = "removed";
    entry.removedBy = by && by !== raw.sender ? (room ? nameIn(room, by) : handleOf(by)) : undefined;
    entry.reason = typeof why === "string" && why ? why : undefined;
    return entry;
  }
  entry.article = articleIn(content);
  if (entry.article) entry.kind = "article";
  else addNote(entry, content);
  return entry;
}

function addNote(entry: Entry, content: Content): void {
  if (content.format === "org.matrix.custom.html" && typeof content.formatted_body === "string")
    entry.html = content.formatted_body.replace(/<mx-reply>[\s\S]*?<\/mx-reply>/g, "");
  const media = mediaOf(content);
  if (!media) return;
  const kind = String(content.msgtype).slice(2);
  entry.media = media;
  entry.mediaKind = kind === "image" || kind === "video" || kind === "audio" ? kind : "file";
  const isCaption = typeof content.filename === "string" && content.filename !== content.body;
  if (!isCaption) entry.text = "";
}

interface Kept {
  at: number;
  events: Raw[];
}

const room = (roomId: string): string => `/rooms/${encodeURIComponent(roomId)}`;

/** The entries of one account, while somebody looks at it. */
export class Entries {
  items = $state.raw<Entry[]>([]);
  loading = $state(false);
  failed = $state(false);
  ended = $state(false);
  /** Whether what is shown is of an earlier visit. */
  old = $state(false);
  #events: Raw[] = [];
  /** What came while the newest page was under way is not in it. */
  #live: Raw[] = [];
  #from: string | undefined;
  #stop: (() => void)[] = [];

  constructor(readonly roomId: string) {}

  async open(): Promise<void> {
    this.#listen();
    const known = kept<Kept>(shelf(this.roomId)).catch(() => undefined);
    const first = this.more();
    const before = await known;
    if (before && this.#events.length === 0) {
      this.#events = before.events;
      this.old = true;
      this.#show();
    }
    await first;
  }

  close(): void {
    for (const stop of this.#stop) stop();
  }

  async more(): Promise<void> {
    if (this.loading || this.ended) return;
    this.loading = true;
    this.failed = false;
    try {
      // A page may hold nothing but edits.
      for (let tries = 0, had = this.items.length; tries < 5 && !this.ended; tries++) {
        await this.#page();
        if (this.items.length > had) break;
      }
    } catch {
      this.failed = true;
    } finally {
      this.loading = false;
    }
  }

  async #page(): Promise<void> {
    const first = this.#from === undefined;
    const filter = { types: [EventType.RoomMessage], lazy_load_members: true };
    const asked = { dir: "b", limit: String(PAGE), filter: JSON.stringify(filter), from: this.#from };
    const page = await matrix().http.authedRequest<{ chunk: Raw[]; end?: string }>(
      Method.Get,
      `${room(this.roomId)}/messages`,
      asked,
    );
    const shown = page.chunk.filter((raw) => !isEdit(raw));
    if (first) {
      const known = new Set(shown.map((raw) => raw.event_id));
      this.#events = [...this.#live.filter((raw) => !known.has(raw.event_id)), ...shown];
      this.old = false;
      this.#keep();
    } else this.#add(shown);
    this.#from = page.end;
    this.ended = page.end === undefined;
    this.#show();
  }

  #add(more: Raw[]): void {
    const known = new Set(this.#events.map((raw) => raw.event_id));
    this.#events = [...this.#events, ...more.filter((raw) => !known.has(raw.event_id))];
  }

  #show(): void {
    this.items = this.#events.map((raw) => asEntry(this.roomId, raw));
  }

  /** Read the newest page anew, and what was read below it when that is wanted again. */
  async again(): Promise<void> {
    this.#from = undefined;
    this.#live = [];
    this.ended = false;
    await this.more();
  }

  #listen(): void {
    const client = matrix();
    const heard = (event: MatrixEvent, where: Room | undefined, toStart?: boolean): void => {
      if (where?.roomId === this.roomId && !toStart) this.#heard(event);
    };
    // More has come than the sync tells at once.
    const cut = (where: Room | undefined): void => {
      if (where?.roomId === this.roomId) void this.again();
    };
    const back = (state: SyncState): void => {
      if (this.failed && state === SyncState.Syncing) void this.more();
    };
    client.on(RoomEvent.Timeline, heard);
    client.on(RoomEvent.TimelineReset, cut);
    client.on(ClientEvent.Sync, back);
    this.#stop = [
      () => client.off(RoomEvent.Timeline, heard),
      () => client.off(RoomEvent.TimelineReset, cut),
      () => client.off(ClientEvent.Sync, back),
    ];
  }

  #heard(event: MatrixEvent): void {
    const removed = event.isRedaction() ? event.getAssociatedId() : undefined;
    if (removed) this.#change(removed, (raw) => withoutWords(raw, event));
    if (event.getType() !== EventType.RoomMessage) return;
    const raw = event.getEffectiveEvent() as unknown as Raw;
    const about = relation(raw).event_id;
    if (isEdit(raw) && about) this.#change(about, edited(raw));
    else if (!this.#events.some((one) => one.event_id === raw.event_id)) {
      this.#live = [raw, ...this.#live];
      this.#events = [raw, ...this.#events];
      this.#keep();
    }
    this.#show();
  }

  #change(id: string, how: (raw: Raw) => Raw): void {
    this.#events = this.#events.map((raw) => (raw.event_id === id ? how(raw) : raw));
    this.#show();
    this.#keep();
  }

  #keep(): void {
    const events = this.#events.slice(0, PAGE);
    void keep(shelf(this.roomId), { at: Date.now(), events } satisfies Kept);
  }
}

const edited =
  (edit: Raw) =>
  (raw: Raw): Raw =>
    edit.sender === raw.sender
      ? { ...raw, unsigned: { ...raw.unsigned, "m.relations": { "m.replace": edit } } }
      : raw;

/** One entry, while somebody reads it. */
export class OpenEntry {
  entry = $state.raw<Entry>();
  loading = $state(true);
  /** Why there is nothing: it can't be had now, or there is no such thing. */
  trouble = $state<"failed" | "none">();
  #stop: (() => void)[] = [];

  constructor(
    readonly roomId: string,
    readonly id: string,
  ) {}

  async open(): Promise<void> {
    this.#listen();
    const known = await this.#known();
    if (known) this.#show(known);
    await this.load();
  }

  close(): void {
    for (const stop of this.#stop) stop();
  }

  async load(): Promise<void> {
    this.loading = true;
    this.trouble = undefined;
    try {
      const path = `${room(this.roomId)}/event/${encodeURIComponent(this.id)}`;
      const raw = await matrix().http.authedRequest<Raw>(Method.Get, path);
      this.#show(raw);
      await keep(single(this.roomId, this.id), raw);
      if (Math.random() < 0.05) await forgetSome("article.", ARTICLES_KEPT);
    } catch (error) {
      // Where the server has no such article, or none for me, what is kept of it here goes too.
      if (["M_NOT_FOUND", "M_FORBIDDEN"].includes((error as { errcode?: string }).errcode ?? "")) {
        this.entry = undefined;
        this.trouble = "none";
        await unkeep(single(this.roomId, this.id)).catch(() => {});
      } else if (!this.entry) this.trouble = "failed";
    } finally {
      this.loading = false;
    }
  }

  async #known(): Promise<Raw | undefined> {
    const [alone, page] = await Promise.all([
      kept<Raw>(single(this.roomId, this.id)).catch(() => undefined),
      kept<Kept>(shelf(this.roomId)).catch(() => undefined),
    ]);
    return page?.events.find((raw) => raw.event_id === this.id) ?? alone;
  }

  #show(raw: Raw): void {
    this.entry = asEntry(this.roomId, raw);
  }

  #listen(): void {
    const client = matrix();
    const heard = (event: MatrixEvent, where?: Room): void => {
      const about = event.getRelation()?.event_id ?? event.getAssociatedId();
      if (where?.roomId === this.roomId && about === this.id && event.getType() !== EventType.Reaction)
        void this.load();
    };
    const back = (state: SyncState): void => {
      if (this.trouble === "failed" && state === SyncState.Syncing) void this.load();
    };
    client.on(RoomEvent.Timeline, heard);
    client.on(RoomEvent.Redaction, heard);
    client.on(ClientEvent.Sync, back);
    this.#stop = [
      () => client.off(RoomEvent.Timeline, heard),
      () => client.off(RoomEvent.Redaction, heard),
      () => client.off(ClientEvent.Sync, back),
    ];
  }
}
