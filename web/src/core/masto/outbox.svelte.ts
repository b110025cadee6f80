/**
 * Posts on their way out. A post is kept in the browser before it is tried, and is tried under one key until the
 * server took it: neither a reload nor another try loses or doubles it. One after the other, so the order stays.
 */
import { RETRY_FIRST_MS, RETRY_MOST_MS } from "../limits";
import { holder } from "../session.svelte";
import { keep, keptWith, unkeep } from "../store/idb";
import { statusOf } from "./client";
import type { Draft } from "./drafts";
import type { Post } from "./model";
import { publish, upload } from "./publish";

export interface OutgoingPost {
  /** The idempotency key, the same at every attempt. */
  id: string;
  draft: Draft;
  at: number;
  state: "waiting" | "sending" | "failed";
  error?: string;
}

const PREFIX = "post ";

class PostOutbox {
  entries = $state.raw<readonly OutgoingPost[]>([]);
  posted: (made: Post | undefined, draft: Draft) => void = () => {};
  #running = false;
  #started: Promise<void> | undefined;
  #backoff = RETRY_FIRST_MS;
  #wake: (() => void) | undefined;

  /** Take up what an earlier visit left, once, however often the microblog must be started. */
  start(): Promise<void> {
    this.#started ??= this.#start();
    return this.#started;
  }

  async #start(): Promise<void> {
    const left = await keptWith<OutgoingPost>(PREFIX);
    const waiting = left.map((one) =>
      one.state === "sending" ? { ...one, state: "waiting" as const } : one,
    );
    const known = new Set(this.entries.map((one) => one.id));
    this.entries = [...waiting.filter((one) => !known.has(one.id)), ...this.entries].sort(
      (a, b) => a.at - b.at,
    );
    addEventListener("online", () => this.hurry());
    void this.#run();
  }

  /** Post something; resolves when it is kept, not when it is out. */
  async send(draft: Draft): Promise<void> {
    const entry: OutgoingPost = { id: crypto.randomUUID(), draft, at: Date.now(), state: "waiting" };
    await keep(PREFIX + entry.id, entry);
    this.entries = [...this.entries, entry];
    void this.#run();
  }

  retry(id: string): void {
    this.#change(id, { state: "waiting", error: undefined });
    this.hurry();
    void this.#run();
  }

  async discard(id: string): Promise<void> {
    this.entries = this.entries.filter((one) => one.id !== id);
    await unkeep(PREFIX + id);
  }

  hurry(): void {
    this.#backoff = RETRY_FIRST_MS;
    this.#wake?.();
  }

  async #run(): Promise<void> {
    if (this.#running) return;
    this.#running = true;
    try {
      for (;;) {
        const next = this.entries.find((one) => one.state === "waiting");
        if (!next) return;
        await this.#attempt(next);
      }
    } finally {
      this.#running = false;
    }
  }

  async #attempt(entry: OutgoingPost): Promise<void> {
    this.#change(entry.id, { state: "sending" });
    try {
      await holder.fresh().catch(() => {});
      const ids: string[] = [];
      let draft = entry.draft;
      for (const [index, file] of draft.files.entries()) {
        const id = await upload(file);
        ids.push(id);
        // Another attempt need not upload it again.
        const files = draft.files.map((one, at) => (at === index ? { ...one, id } : one));
        draft = { ...draft, files };
        this.#change(entry.id, { draft });
      }
      const made = await publish(draft, ids, entry.id);
      this.#backoff = RETRY_FIRST_MS;
      await this.discard(entry.id);
      this.posted(made, draft);
    } catch (error) {
      await this.#notPosted(entry.id, error);
    }
  }

  async #notPosted(id: string, error: unknown): Promise<void> {
    const status = statusOf(error);
    const isPassing = error instanceof TypeError || status === 429 || (status >= 502 && status <= 504);
    if (!isPassing) {
      this.#change(id, { state: "failed", error: status ? (error as Error).message : undefined });
      return;
    }
    this.#change(id, { state: "waiting" });
    const wait = this.#backoff;
    this.#backoff = Math.min(wait * 2, RETRY_MOST_MS);
    await new Promise<void>((done) => {
      this.#wake = done;
      setTimeout(done, wait);
    });
  }

  #change(id: string, change: Partial<OutgoingPost>): void {
    this.entries = this.entries.map((one) => (one.id === id ? { ...one, ...change } : one));
    const changed = this.entries.find((one) => one.id === id);
    if (changed) void keep(PREFIX + id, changed);
  }
}

export const postOutbox = new PostOutbox();
