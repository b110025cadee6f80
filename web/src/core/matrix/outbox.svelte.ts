/**
 * The way out. A message is kept in the browser before it is tried, shows at once, and is tried under the same
 * transaction id until the server took it: neither a reload nor a retry loses or doubles one. One at a time for
 * each chat, so the order stays.
 */
import { type ISendEventResponse, MatrixError, MatrixEvent, Method } from "matrix-js-sdk";
import { RETRY_FIRST_MS, RETRY_MOST_MS } from "../limits";
import type { Message } from "../model";
import { database, type Outgoing } from "../store/idb";
import { matrix } from "./client";
import { encrypt } from "./encrypting";
import { mediaOf } from "./media";
import { captionOf, changed, nameIn, toMessage } from "./messages";
import { upload } from "./uploads";

type Content = Record<string, unknown>;

class Outbox {
  entries = $state.raw<Outgoing[]>([]);
  /** How much of a file is up, 0 to 1, by the message's id. */
  progress = $state.raw<Map<string, number>>(new Map());
  #running = new Set<string>();
  #uploads = new Map<string, AbortController>();
  #backoff = RETRY_FIRST_MS;
  #waiting = new Set<() => void>();
  /** Told when a reaction was refused, of which no bubble could say so. */
  onrefused: ((error: unknown) => void) | undefined;

  /** Take up what an earlier visit left unsent. */
  async start(): Promise<void> {
    const left = await (await database()).getAll("outbox");
    this.entries = left
      .map((entry) => (entry.state === "sending" ? { ...entry, state: "waiting" as const } : entry))
      .sort((a, b) => a.at - b.at);
    addEventListener("online", () => this.hurry());
    for (const room of new Set(this.entries.map((entry) => entry.roomId))) void this.#run(room);
  }

  /** Send something; resolves when it is kept, not when it is sent. */
  async send(
    roomId: string,
    type: string,
    content: Content,
    files: { file?: Blob; poster?: Blob } = {},
  ): Promise<string> {
    const id = `tea.${Date.now().toString(36)}.${crypto.randomUUID().slice(0, 8)}`;
    const entry: Outgoing = { id, roomId, type, content, ...files, at: Date.now(), state: "waiting" };
    this.entries = [...this.entries, entry];
    // A browser that has no room left for it can still send it.
    await (await database()).put("outbox", entry).catch(() => {});
    void this.#run(roomId);
    return id;
  }

  retry(id: string): void {
    const entry = this.#change(id, { state: "waiting", error: undefined });
    if (entry) void this.#run(entry.roomId);
  }

  /** Give a message up; what of its file is still going up stops. */
  async discard(id: string): Promise<void> {
    this.#uploads.get(id)?.abort();
    this.entries = this.entries.filter((entry) => entry.id !== id);
    await (await database()).delete("outbox", id);
  }

  /** Give up whatever waits for a chat that I left. */
  async forget(roomId: string): Promise<void> {
    const left = this.entries.filter((entry) => entry.roomId === roomId);
    await Promise.all(left.map((entry) => this.discard(entry.id)));
  }

  /** Forget sent entries that have arrived in the chat. */
  arrived(ids: Set<string>): void {
    const left = this.entries.filter(
      (entry) => !ids.has(entry.id) && !(entry.eventId && ids.has(entry.eventId)),
    );
    if (left.length < this.entries.length) this.entries = left;
  }

  /** Try again now rather than after the pause. */
  hurry(): void {
    this.#backoff = RETRY_FIRST_MS;
    for (const wake of this.#waiting) wake();
    this.#waiting.clear();
  }

  clear(): void {
    this.entries = [];
  }

  async #run(roomId: string): Promise<void> {
    if (this.#running.has(roomId)) return;
    this.#running.add(roomId);
    try {
      for (;;) {
        const next = this.entries.find((entry) => entry.roomId === roomId && entry.state === "waiting");
        if (!next) return;
        await this.#attempt(next);
      }
    } finally {
      this.#running.delete(roomId);
    }
  }

  async #attempt(entry: Outgoing): Promise<void> {
    this.#change(entry.id, { state: "sending" }, false);
    try {
      const ready = await this.#uploaded(entry);
      if (!ready) return;
      const eventId = await put(ready);
      this.#backoff = RETRY_FIRST_MS;
      this.#change(entry.id, { state: "sent", eventId }, false);
      await (await database()).delete("outbox", entry.id);
    } catch (error) {
      await this.#failed(entry.id, error);
    }
  }

  // Gives undefined when the message was given up meanwhile.
  async #uploaded(entry: Outgoing): Promise<Outgoing | undefined> {
    if (!entry.file || entry.content.url || "file" in entry.content) return entry;
    const note = (part: number): void => {
      this.progress = new Map(this.progress).set(entry.id, part);
    };
    const stop = new AbortController();
    this.#uploads.set(entry.id, stop);
    const content = await upload(entry.roomId, entry.content, entry.file, entry.poster, note, stop);
    this.#uploads.delete(entry.id);
    if (!this.entries.some((one) => one.id === entry.id)) return undefined;
    // The file is up: another attempt need not send it again. The bytes stay for the picture on screen.
    const change = { content };
    const db = await database();
    await db.put("outbox", { ...entry, ...change, file: undefined, poster: undefined });
    return this.#change(entry.id, change, false);
  }

  async #failed(id: string, error: unknown): Promise<void> {
    if (!this.entries.some((one) => one.id === id)) return;
    const status = error instanceof MatrixError ? (error.httpStatus ?? 0) : 0;
    const transient = status === 0 || status === 429 || (status >= 502 && status <= 504);
    if (!transient || !(error instanceof Error) || error.name === "EncryptionFailed") {
      if (this.entries.some((one) => one.id === id && one.type === "m.reaction")) {
        await this.discard(id);
        this.onrefused?.(error);
        return;
      }
      const words = error instanceof MatrixError ? (error.errcode ?? String(status)) : String(error);
      this.#change(id, { state: "failed", error: words });
      return;
    }
    this.#change(id, { state: "waiting" });
    const wait = (error instanceof MatrixError ? error.getRetryAfterMs() : null) ?? this.#backoff;
    this.#backoff = Math.min(this.#backoff * 2, RETRY_MOST_MS);
    await new Promise<void>((done) => {
      this.#waiting.add(done);
      setTimeout(done, wait);
    });
  }

  #change(id: string, change: Partial<Outgoing>, save = true): Outgoing | undefined {
    let changed: Outgoing | undefined;
    this.entries = this.entries.map((entry) =>
      entry.id === id ? (changed = { ...entry, ...change }) : entry,
    );
    const kept = changed;
    if (save && kept) void database().then((db) => db.put("outbox", kept));
    return changed;
  }
}

async function put(entry: Outgoing): Promise<string> {
  const client = matrix();
  const { type, content } = await encrypt(entry.roomId, entry.type, entry.content);
  const path = `/rooms/${encodeURIComponent(entry.roomId)}/send/${encodeURIComponent(type)}/${encodeURIComponent(entry.id)}`;
  const answer = await client.http.authedRequest<ISendEventResponse>(Method.Put, path, undefined, content);
  return answer.event_id;
}

/** Show an unsent message as it will look. */
export function asMessage(entry: Outgoing): Message | undefined {
  const client = matrix();
  const room = client.getRoom(entry.roomId);
  const me = client.getUserId() ?? "";
  if (!room || entry.type === "m.reaction") return undefined;
  const relates = entry.content["m.relates_to"] as { rel_type?: string } | undefined;
  if (relates?.rel_type === "m.replace" || relates?.rel_type === "m.reference") return undefined;
  const event = new MatrixEvent({
    event_id: entry.eventId ?? entry.id,
    room_id: entry.roomId,
    sender: me,
    type: entry.type,
    content: entry.content,
    origin_server_ts: entry.at,
    unsigned: { transaction_id: entry.id },
  });
  const message = toMessage(event, room, me);
  if (entry.file) {
    const local = mediaOf({ ...entry.content, url: "mxc://local/file" });
    const { msgtype } = entry.content;
    const isVoice = msgtype === "m.audio" && "org.matrix.msc3245.voice" in entry.content;
    const kind =
      entry.type === "m.sticker" ? "sticker" : isVoice ? "voice" : String(msgtype ?? "m.file").slice(2);
    message.kind = kind as Message["kind"];
    message.text = captionOf(entry.content);
    message.media = local && {
      ...local,
      url: localUrl(entry, "file") ?? "",
      thumbnail: localUrl(entry, "poster"),
    };
  }
  message.senderName = nameIn(room, me);
  message.state = entry.state;
  message.error = entry.error;
  return message;
}

/** Show the messages that are being changed as they will be. */
export function withChanges(messages: Message[], roomId: string, arrived: Set<string>): Message[] {
  const changes = new Map<string, Outgoing>();
  for (const entry of outbox.entries) {
    const relates = entry.content["m.relates_to"] as { rel_type?: string; event_id?: string } | undefined;
    if (entry.roomId !== roomId || relates?.rel_type !== "m.replace" || arrived.has(entry.id)) continue;
    if (relates.event_id) changes.set(relates.event_id, entry);
  }
  if (changes.size === 0) return messages;
  return messages.map((message) => {
    const entry = changes.get(message.id);
    if (!entry || message.kind === "recalled") return message;
    const { state, error, id, content } = entry;
    return { ...changed(message, content), state, error, change: state === "sent" ? undefined : id };
  });
}

const urls = new Map<string, string>();

function localUrl(entry: Outgoing, part: "file" | "poster"): string | undefined {
  const blob = entry[part];
  if (!blob) return undefined;
  const known = urls.get(`${part} ${entry.id}`);
  if (known) return known;
  const url = URL.createObjectURL(blob);
  urls.set(`${part} ${entry.id}`, url);
  return url;
}

export const outbox = new Outbox();

/** Send a message whose content is made elsewhere. */
export const sendContent = (roomId: string, content: Content): Promise<string> =>
  outbox.send(roomId, "m.room.message", content);
