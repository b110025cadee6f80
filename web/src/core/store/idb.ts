/** The app's own database in the browser: the session, drafts, unsent messages, words for the search. */
import { type DBSchema, type IDBPDatabase, openDB } from "idb";

export interface Draft {
  text: string;
  quote?: string;
  mentions?: { id: string; name: string }[];
  at: number;
}

/** A message on its way. `id` is the transaction id, the same at every attempt, so a retry never doubles it. */
export interface Outgoing {
  id: string;
  roomId: string;
  type: string;
  content: Record<string, unknown>;
  /** What must be uploaded before: the content then lacks its address. */
  file?: Blob;
  poster?: Blob;
  at: number;
  state: "waiting" | "sending" | "failed" | "sent";
  error?: string;
  eventId?: string;
}

/** The readable text of one message of an encrypted chat, for the search on this device. */
export interface Indexed {
  id: string;
  roomId: string;
  sender: string;
  at: number;
  text: string;
}

interface Schema extends DBSchema {
  kept: { key: string; value: unknown };
  drafts: { key: string; value: Draft };
  outbox: { key: string; value: Outgoing };
  words: { key: string; value: Indexed; indexes: { at: number; room: string } };
}

export const DATABASE = "teahouse";
let opened: Promise<IDBPDatabase<Schema>> | undefined;

export function database(): Promise<IDBPDatabase<Schema>> {
  opened ??= openDB<Schema>(DATABASE, 1, {
    upgrade(db) {
      db.createObjectStore("kept");
      db.createObjectStore("drafts");
      db.createObjectStore("outbox", { keyPath: "id" });
      const words = db.createObjectStore("words", { keyPath: "id" });
      words.createIndex("at", "at");
      words.createIndex("room", "roomId");
    },
  });
  return opened;
}

export async function kept<T>(key: string): Promise<T | undefined> {
  return (await (await database()).get("kept", key)) as T | undefined;
}

export async function keep(key: string, value: unknown): Promise<void> {
  await (await database()).put("kept", value, key);
}

/** Give everything that is kept under names that begin so. */
export async function keptWith<T>(prefix: string): Promise<T[]> {
  return (await (await database()).getAll("kept", IDBKeyRange.bound(prefix, `${prefix}\uffff`))) as T[];
}

/** Of what is kept under names that begin so, forget what is over a number; which it is does not matter. */
export async function forgetSome(prefix: string, most: number): Promise<void> {
  const db = await database();
  const keys = await db.getAllKeys("kept", IDBKeyRange.bound(prefix, `${prefix}\uffff`));
  await Promise.all(keys.slice(0, Math.max(0, keys.length - most)).map((key) => db.delete("kept", key)));
}

export async function unkeep(key: string): Promise<void> {
  await (await database()).delete("kept", key);
}

/** Forget everything of the person who signs out. */
export async function forgetAll(): Promise<void> {
  const db = await database();
  await Promise.all((["kept", "drafts", "outbox", "words"] as const).map((name) => db.clear(name)));
}
