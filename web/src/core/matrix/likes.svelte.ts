/** Who likes an article: reactions with one heart, which every app shows and may send. */
import { EventType, type MatrixEvent, Method, RelationType, type Room, RoomEvent } from "matrix-js-sdk";
import { MOST_LIKES } from "../limits";
import { matrix } from "./client";

const HEART = "❤️";
/** Some apps send the heart without the mark that asks for its colours. */
const isHeart = (key: unknown): boolean => typeof key === "string" && key.replace(/\uFE0F/g, "") === "❤";

interface Reaction {
  event_id: string;
  sender: string;
  content: { "m.relates_to"?: { key?: unknown } };
}

export class Likes {
  count = $state(0);
  /** Whether there are more than are counted. */
  over = $state(false);
  /** The id of mine. */
  mine = $state<string>();
  busy = $state(false);
  #by = new Map<string, string>();
  #stop: (() => void) | undefined;

  constructor(
    readonly roomId: string,
    readonly id: string,
  ) {}

  /** Count them, and go on counting. Without a connection there is no number. */
  async open(): Promise<void> {
    const client = matrix();
    const heard = (event: MatrixEvent, where?: Room): void => {
      if (where?.roomId !== this.roomId || event.getType() !== EventType.Reaction) return;
      const { event_id: about, key } = event.getRelation() ?? {};
      if (about === this.id && isHeart(key)) this.#note(event.getId() ?? "", event.getSender() ?? "");
    };
    const removed = (event: MatrixEvent): void => {
      if (this.#by.delete(event.getAssociatedId() ?? "")) this.#tell();
    };
    client.on(RoomEvent.Timeline, heard);
    client.on(RoomEvent.Redaction, removed);
    this.#stop = () => {
      client.off(RoomEvent.Timeline, heard);
      client.off(RoomEvent.Redaction, removed);
    };
    await this.#load().catch(() => {});
  }

  close(): void {
    this.#stop?.();
  }

  /** Like it, or take that back. */
  async toggle(): Promise<void> {
    if (this.busy) return;
    this.busy = true;
    try {
      if (this.mine) {
        await matrix().redactEvent(this.roomId, this.mine);
        this.#by.delete(this.mine);
        this.#tell();
      } else {
        const content = {
          "m.relates_to": { rel_type: RelationType.Annotation, event_id: this.id, key: HEART },
        } as const;
        const { event_id } = await matrix().sendEvent(this.roomId, EventType.Reaction, content);
        this.#note(event_id, matrix().getUserId() ?? "");
      }
    } finally {
      this.busy = false;
    }
  }

  async #load(): Promise<void> {
    const path = `/rooms/${encodeURIComponent(this.roomId)}/relations/${encodeURIComponent(this.id)}/m.annotation/m.reaction`;
    let from: string | undefined;
    do {
      const page: { chunk: Reaction[]; next_batch?: string } = await matrix().http.authedRequest(
        Method.Get,
        path,
        { limit: "100", from },
        undefined,
        { prefix: "/_matrix/client/v1" },
      );
      for (const one of page.chunk)
        if (isHeart(one.content["m.relates_to"]?.key)) this.#by.set(one.event_id, one.sender);
      from = page.next_batch;
    } while (from && this.#by.size < MOST_LIKES);
    this.over = from !== undefined;
    this.#tell();
  }

  #note(id: string, sender: string): void {
    // What is on its way has a name of its own until the server gives it one.
    if (!id.startsWith("$")) return;
    this.#by.set(id, sender);
    this.#tell();
  }

  #tell(): void {
    const me = matrix().getUserId();
    this.count = new Set(this.#by.values()).size;
    this.mine = [...this.#by].find(([, sender]) => sender === me)?.[0];
  }
}
