/** The chats' part of an export: everything that this device can read, in clear. */
import { Direction, type IEvent, type MatrixEvent, type Room } from "matrix-js-sdk";
import type { Task, WantedFile } from "../export/model";
import { type Archive, safeName } from "../export/zip";
import { fetchBlob } from "../mediaAccess";
import { matrix } from "./client";
import { cryptoReady } from "./crypto.svelte";
import { mediaOf } from "./media";
import { chosenIn, ENDS, pollOf, RESPONSES, STARTS } from "./pollContent";
import { counted, type Response } from "./pollCount";

const PAGE = 100;

/** Add my account and all chats; gives the files that belong to them. */
export async function exportChats(archive: Archive, task: Task): Promise<WantedFile[]> {
  task.tell({ step: "account", done: 0, all: 1 });
  const client = matrix();
  await cryptoReady().catch(() => {});
  const me = client.getUserId() ?? "";
  const store = client.store as unknown as { accountData?: Map<string, { getContent(): unknown }> };
  archive.json("account.json", {
    user_id: me,
    profile: await client.getProfileInfo(me).catch(() => ({})),
    devices: (await client.getDevices()).devices,
    push_rules: client.pushRules ?? {},
    account_data: Object.fromEntries(
      [...(store.accountData ?? [])].map(([type, event]) => [type, event.getContent()]),
    ),
  });
  const rooms = client.getRooms().filter((room) => room.getMyMembership() === "join");
  const files: WantedFile[] = [];
  for (const [number, room] of rooms.entries()) {
    task.tell({ step: "chats", done: number, all: rooms.length });
    files.push(...(await exportChat(archive, room, number + 1, task)));
  }
  return files;
}

async function exportChat(archive: Archive, room: Room, number: number, task: Task): Promise<WantedFile[]> {
  const folder = `chats/${String(number).padStart(3, "0")} ${safeName(room.name)}`;
  await room.loadMembersIfNeeded().catch(() => false);
  archive.json(`${folder}/chat.json`, {
    room_id: room.roomId,
    name: room.name,
    encrypted: room.hasEncryptionStateEvent(),
    members: room
      .getMembers()
      .map((one) => ({ user_id: one.userId, name: one.name, membership: one.membership })),
  });
  const pages: string[] = [];
  const files: WantedFile[] = [];
  const votes = new Votes(room);
  let from: string | null = null;
  for (;;) {
    task.signal.throwIfAborted();
    const page = await matrix().createMessagesRequest(room.roomId, from, PAGE, Direction.Backward);
    // The newest come first, votes before their poll; in the file they stand last.
    const events = await Promise.all(page.chunk.map((raw) => readable(raw, room)));
    const written = events.map((event) => ({ ...told(event, folder, files), ...votes.of(event) }));
    pages.unshift(
      written
        .reverse()
        .map((one) => JSON.stringify(one))
        .join(",\n"),
    );
    if (!page.end || page.end === from || page.chunk.length === 0) break;
    from = page.end;
  }
  archive.pages(`${folder}/messages.json`, pages);
  return files;
}

/** The votes that were met on the way back to the polls that they are about. */
class Votes {
  #said = new Map<string, Response[]>();
  #ended = new Map<string, MatrixEvent[]>();

  constructor(readonly room: Room) {}

  /** Note a vote; of a poll itself give the words and the count, which its event has in pieces only. */
  of(event: MatrixEvent): object {
    const type = event.getType();
    const about = event.getRelation()?.event_id ?? "";
    if (event.isRedacted()) return {};
    const response = {
      sender: event.getSender() ?? "",
      at: event.getTs(),
      chosen: chosenIn(event.getContent()),
    };
    if (RESPONSES.has(type)) this.#said.set(about, [...(this.#said.get(about) ?? []), response]);
    if (ENDS.has(type)) this.#ended.set(about, [...(this.#ended.get(about) ?? []), event]);
    const poll = STARTS.has(type) ? pollOf(event.getContent()) : undefined;
    if (!poll) return {};
    const id = event.getId() ?? "";
    const ends = this.#ended.get(id)?.filter((one) => this.#mayEnd(event, one)) ?? [];
    const endedAt = ends.length > 0 ? Math.min(...ends.map((one) => one.getTs())) : undefined;
    const { by } = counted(poll, this.#said.get(id) ?? [], endedAt);
    const answers = poll.answers.map((one) => ({ text: one.text, votes: by.get(one.id) ?? [] }));
    return { poll: { question: poll.question, answers, ended: endedAt !== undefined } };
  }

  #mayEnd(poll: MatrixEvent, end: MatrixEvent): boolean {
    const sender = end.getSender() ?? "";
    return sender === poll.getSender() || this.room.currentState.maySendRedactionForEvent(poll, sender);
  }
}

async function readable(raw: object, room: Room): Promise<MatrixEvent> {
  const event = matrix().getEventMapper({ decrypt: false })({
    ...raw,
    room_id: room.roomId,
  } as Partial<IEvent>);
  if (event.isEncrypted()) await matrix().decryptEventIfNeeded(event);
  return event;
}

function told(event: MatrixEvent, folder: string, files: WantedFile[]): object {
  const content = event.getContent();
  const media = event.isRedacted() ? undefined : mediaOf(content);
  const file = media && `${folder}/files/${event.getTs()}-${safeName(media.name)}`;
  if (media && file)
    files.push({
      name: file,
      bytes: media.bytes,
      fetch: async (signal) => {
        const blob = await fetchBlob(media.url, signal);
        if (!media.encrypted) return blob;
        const { decryptFile } = await import("../encryptFile");
        return new Blob([await decryptFile(await blob.arrayBuffer(), media.encrypted)]);
      },
    });
  return {
    event_id: event.getId(),
    time: new Date(event.getTs()).toISOString(),
    sender: event.getSender(),
    type: event.getType(),
    ...(event.isState() ? { state_key: event.getStateKey() } : {}),
    ...(event.isDecryptionFailure() ? { not_readable_here: true } : {}),
    content,
    ...(file ? { file } : {}),
  };
}
