/** The chats' part of an export: everything that this device can read, in clear. */
import { Direction, type IEvent, type Room } from "matrix-js-sdk";
import type { Task, WantedFile } from "../export/model";
import { type Archive, safeName } from "../export/zip";
import { fetchBlob } from "../mediaAccess";
import { matrix } from "./client";
import { cryptoReady } from "./crypto.svelte";
import { mediaOf } from "./media";

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
  let from: string | null = null;
  for (;;) {
    task.signal.throwIfAborted();
    const page = await matrix().createMessagesRequest(room.roomId, from, PAGE, Direction.Backward);
    const written = await Promise.all(page.chunk.map((raw) => clear(raw, room, folder, files)));
    // The newest come first; in the file they stand last.
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

async function clear(raw: object, room: Room, folder: string, files: WantedFile[]): Promise<object> {
  const event = matrix().getEventMapper({ decrypt: false })({
    ...raw,
    room_id: room.roomId,
  } as Partial<IEvent>);
  if (event.isEncrypted()) await matrix().decryptEventIfNeeded(event);
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
