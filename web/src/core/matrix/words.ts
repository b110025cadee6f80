/** The search: the server's for clear chats, an index on this device for encrypted ones, which no server can read. */
import { EventType, type MatrixClient, type MatrixEvent, MatrixEventEvent, RoomEvent } from "matrix-js-sdk";
import { WORDS_KEPT } from "../limits";
import { database } from "../store/idb";
import { matrix } from "./client";
import { isMessage, nameIn, textOf } from "./messages";
import { STARTS } from "./pollContent";

export interface Found {
  id: string;
  roomId: string;
  room: string;
  sender: string;
  at: number;
  text: string;
}

/** Keep the words of what is decrypted here. */
export function indexDecrypted(client: MatrixClient): void {
  client.on(MatrixEventEvent.Decrypted, (event) => void note(event));
  client.on(RoomEvent.Redaction, (event) => {
    const target = event.getAssociatedId();
    if (target) void database().then((db) => db.delete("words", target));
  });
}

async function note(event: MatrixEvent): Promise<void> {
  const id = event.getId();
  const roomId = event.getRoomId();
  const content = event.getContent();
  if (!id || !roomId || !isMessage(event) || event.isDecryptionFailure()) return;
  const relation = event.getRelation();
  const isEdit = relation?.rel_type === "m.replace";
  const text = textOf(isEdit ? (content["m.new_content"] ?? {}) : content, true);
  if (!text) return;
  const db = await database();
  const key = isEdit ? (relation?.event_id ?? id) : id;
  await db.put("words", { id: key, roomId, sender: event.getSender() ?? "", at: event.getTs(), text });
  if (Math.random() < 0.01) await trim();
}

async function trim(): Promise<void> {
  const db = await database();
  let over = (await db.count("words")) - WORDS_KEPT;
  let cursor = await db.transaction("words", "readwrite").store.index("at").openCursor();
  while (cursor && over-- > 0) {
    await cursor.delete();
    cursor = await cursor.continue();
  }
}

/** Find messages, newest first; in one chat or in all. */
export async function searchMessages(term: string, roomId?: string): Promise<Found[]> {
  const encrypted = roomId ? matrix().getRoom(roomId)?.hasEncryptionStateEvent() : undefined;
  const [local, remote] = await Promise.all([
    encrypted === false ? [] : searchHere(term, roomId),
    encrypted === true ? [] : searchServer(term, roomId),
  ]);
  const known = new Set(local.map((one) => one.id));
  return [...local, ...remote.filter((one) => !known.has(one.id))].sort((a, b) => b.at - a.at).slice(0, 100);
}

async function searchHere(term: string, roomId?: string): Promise<Found[]> {
  const wanted = term.toLocaleLowerCase().split(/\s+/).filter(Boolean);
  const found: Found[] = [];
  const db = await database();
  let cursor = await db.transaction("words").store.index("at").openCursor(null, "prev");
  while (cursor && found.length < 60) {
    const { id, roomId: room, sender, at, text } = cursor.value;
    const folded = text.toLocaleLowerCase();
    if ((!roomId || room === roomId) && wanted.every((word) => folded.includes(word)))
      found.push(shown(id, room, sender, at, text));
    cursor = await cursor.continue();
  }
  return found;
}

async function searchServer(term: string, roomId?: string): Promise<Found[]> {
  const answer = await matrix().searchRoomEvents({
    term,
    filter: { types: [EventType.RoomMessage, ...STARTS], limit: 50, ...(roomId ? { rooms: [roomId] } : {}) },
  });
  const found = answer.results.map(({ context }) => {
    const event = context.getEvent();
    // An edit is found as an event of its own: it stands for the message that it changed.
    const edited = event.getRelation()?.rel_type === "m.replace" ? event.getRelation()?.event_id : undefined;
    if (edited) {
      const words = textOf(event.getContent()["m.new_content"] ?? {});
      return shown(edited, event.getRoomId() ?? "", event.getSender() ?? "", event.getTs(), words);
    }
    return shown(
      event.getId() ?? "",
      event.getRoomId() ?? "",
      event.getSender() ?? "",
      event.getTs(),
      textOf(event.getContent(), true),
    );
  });
  return [...new Map(found.reverse().map((one) => [one.id, one])).values()];
}

function shown(id: string, roomId: string, sender: string, at: number, text: string): Found {
  const room = matrix().getRoom(roomId);
  return { id, roomId, room: room?.name ?? "", sender: nameIn(room, sender), at, text };
}
