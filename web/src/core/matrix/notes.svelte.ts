/**
 * What I call people and how I sort them. It lies in my account data, so that all my devices know it; the people
 * themselves never learn of it.
 */
import { ClientEvent, type MatrixClient } from "matrix-js-sdk";
import { matrix } from "./client";

export const PEOPLE_NOTES = "teahouse.people";
const MOST_TAGS = 20;

export interface Note {
  /** My own name for them. */
  name?: string;
  tags?: string[];
}

class Notes {
  #all = $state.raw<ReadonlyMap<string, Note>>(new Map());

  attach(client: MatrixClient): void {
    this.#read(client);
    client.on(ClientEvent.AccountData, (event) => event.getType() === PEOPLE_NOTES && this.#read(client));
  }

  nameOf(id: string): string | undefined {
    return this.#all.get(id)?.name;
  }

  tagsOf(id: string): string[] {
    return this.#all.get(id)?.tags ?? [];
  }

  /** Change what I noted about somebody; an empty name or no tags take it away. */
  async change(id: string, change: Note): Promise<void> {
    const { name, tags } = { ...this.#all.get(id), ...change };
    const note: Note = {};
    if (name?.trim()) note.name = name.trim();
    if (tags?.length) note.tags = [...new Set(tags)].slice(0, MOST_TAGS);
    const people = Object.fromEntries(this.#all);
    if (note.name || note.tags) people[id] = note;
    else delete people[id];
    await matrix().setAccountData(PEOPLE_NOTES as never, { people } as never);
  }

  #read(client: MatrixClient): void {
    const people: unknown = client
      .getAccountData(PEOPLE_NOTES as never)
      ?.getContent<{ people?: unknown }>().people;
    const entries = typeof people === "object" && people !== null ? Object.entries(people) : [];
    this.#all = new Map(entries.map(([id, note]) => [id, checked(note)]));
  }
}

// Another app may have written it.
function checked(found: unknown): Note {
  const { name, tags } = (found ?? {}) as { name?: unknown; tags?: unknown };
  return {
    name: typeof name === "string" && name.trim() ? name.trim() : undefined,
    tags: Array.isArray(tags) ? tags.filter((tag) => typeof tag === "string" && tag !== "") : undefined,
  };
}

export const notes = new Notes();
