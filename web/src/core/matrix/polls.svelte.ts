/** The votes of the polls that were looked at: loaded once for each, then kept current. */
import { type IEvent, type MatrixEvent, MatrixEventEvent, RoomEvent } from "matrix-js-sdk";
import type { Message, Poll } from "../model";
import { matrix } from "./client";
import { nameIn } from "./messages";
import { outbox } from "./outbox.svelte";
import { chosenIn, ENDS, endOf, RESPONSES, responseTo, startOf } from "./pollContent";
import { type Count, counted, type Response } from "./pollCount";

const MOST_PAGES = 40;

export class PollVotes {
  #events = $state.raw<Map<string, MatrixEvent>>(new Map());
  #asked = false;
  /** Whether the server has told all votes. */
  complete = $state(false);

  constructor(
    readonly roomId: string,
    readonly id: string,
    readonly poll: Poll,
  ) {
    // What the loaded history holds.
    this.take(matrix().getRoom(roomId)?.relations.getAllChildEventsForEvent(id) ?? []);
  }

  /** When it ended: by its maker, or by somebody who may remove what others write. */
  get endedAt(): number | undefined {
    const room = matrix().getRoom(this.roomId);
    const start = room?.findEventById(this.id);
    const ends = [...this.#events.values()].filter((event) => {
      const sender = event.getSender() ?? "";
      const may =
        start && (sender === start.getSender() || room?.currentState.maySendRedactionForEvent(start, sender));
      return ENDS.has(event.getType()) && !event.isRedacted() && may;
    });
    return ends.length > 0 ? Math.min(...ends.map((event) => event.getTs())) : undefined;
  }

  /** Whether my word that it is over is on its way. */
  get ending(): boolean {
    return outbox.entries.some((entry) => ENDS.has(entry.type) && this.#isAbout(entry.content));
  }

  /** The count, with my own vote that may still be on its way. */
  get count(): Count {
    const said = [...this.#events.values()].filter(
      (event) => RESPONSES.has(event.getType()) && !event.isRedacted(),
    );
    const responses: Response[] = said.map((event) => ({
      sender: event.getSender() ?? "",
      at: event.getTs(),
      chosen: chosenIn(event.getContent()),
    }));
    const me = matrix().getUserId() ?? "";
    for (const entry of outbox.entries) {
      if (RESPONSES.has(entry.type) && entry.state !== "failed" && this.#isAbout(entry.content))
        responses.push({ sender: me, at: Number.MAX_SAFE_INTEGER, chosen: chosenIn(entry.content) });
    }
    return counted(this.poll, responses, this.endedAt);
  }

  get mine(): string[] {
    const me = matrix().getUserId() ?? "";
    return [...this.count.by].filter(([, senders]) => senders.includes(me)).map(([id]) => id);
  }

  #isAbout(content: Record<string, unknown>): boolean {
    return (content["m.relates_to"] as { event_id?: string } | undefined)?.event_id === this.id;
  }

  /** Whether the server refused my vote. */
  get failed(): boolean {
    return this.#refused.length > 0;
  }

  get #refused(): string[] {
    const failed = outbox.entries.filter((entry) => entry.state === "failed" && this.#isAbout(entry.content));
    return failed.map((entry) => entry.id);
  }

  /** Vote, or vote anew: the last vote counts. */
  async vote(answers: string[]): Promise<void> {
    for (const id of this.#refused) await outbox.discard(id);
    await outbox.send(this.roomId, ...responseTo(this.id, answers));
  }

  async end(words: string): Promise<void> {
    await outbox.send(this.roomId, ...endOf(this.id, words));
  }

  take(events: MatrixEvent[]): void {
    const all = new Map(this.#events);
    for (const event of events) if (!event.isDecryptionFailure()) all.set(event.getId() ?? "", event);
    this.#events = all;
  }

  /** Ask the server for all votes, once. */
  async load(): Promise<void> {
    if (this.#asked) return;
    this.#asked = true;
    const client = matrix();
    try {
      let from: string | undefined;
      for (let page = 0; page < MOST_PAGES; page++) {
        const answer = await client.fetchRelations(this.roomId, this.id, "m.reference", null, {
          from,
          limit: 100,
        });
        const events = (answer.chunk as IEvent[]).map(client.getEventMapper());
        await Promise.all(events.map((event) => client.decryptEventIfNeeded(event)));
        this.take(events);
        from = answer.next_batch;
        if (!from) break;
      }
      this.complete = true;
    } catch {
      this.#asked = false;
    }
  }
}

const known = new Map<string, PollVotes>();
let listening = false;

function listen(): void {
  if (listening) return;
  listening = true;
  const heard = (event: MatrixEvent): void => {
    const { event_id: id } = event.getRelation() ?? {};
    if (id) known.get(id)?.take([event]);
  };
  matrix().on(RoomEvent.Timeline, heard);
  matrix().on(MatrixEventEvent.Decrypted, heard);
}

/** Give the votes of a poll that was sent. */
export function votesOf(roomId: string, message: Message): PollVotes | undefined {
  if (!message.poll || message.state !== "sent") return undefined;
  listen();
  let found = known.get(message.id);
  if (!found) {
    found = new PollVotes(roomId, message.id, message.poll);
    known.set(message.id, found);
  }
  void found.load();
  return found;
}

export async function startPoll(
  roomId: string,
  question: string,
  answers: string[],
  many: boolean,
  open: boolean,
): Promise<void> {
  await outbox.send(roomId, ...startOf(question, answers, many, open));
}

/** Whether I may end a poll. */
export function mayEnd(roomId: string, message: Message): boolean {
  const me = matrix().getUserId() ?? "";
  const room = matrix().getRoom(roomId);
  const event = room?.findEventById(message.id);
  return message.mine || (event && room?.currentState.maySendRedactionForEvent(event, me)) === true;
}

export function namesOf(roomId: string, ids: string[]): string {
  const room = matrix().getRoom(roomId);
  return ids.map((id) => nameIn(room, id)).join(", ");
}
