/** Encrypts what goes out to an encrypted chat; waits for the encryption to be ready rather than send in clear. */
import { EventType, MatrixEvent } from "matrix-js-sdk";
import type { CryptoBackend } from "matrix-js-sdk/lib/common-crypto/CryptoBackend";
import { matrix } from "./client";
import { cryptoReady } from "./crypto.svelte";

type Content = Record<string, unknown>;

/** Give the type and content to put on the wire. Reactions stay readable, as every client sends them. */
export async function encrypt(
  roomId: string,
  type: string,
  content: Content,
): Promise<{ type: string; content: Content }> {
  const client = matrix();
  const room = client.getRoom(roomId);
  if (!room?.hasEncryptionStateEvent() || type === EventType.Reaction) return { type, content };
  await cryptoReady();
  await room.loadMembersIfNeeded();
  const event = new MatrixEvent({ type, content, room_id: roomId, sender: client.getUserId() ?? "" });
  const backend = client.getCrypto() as CryptoBackend | undefined;
  if (!backend) throw Object.assign(new Error("no encryption here"), { name: "EncryptionFailed" });
  await backend.encryptEvent(event, room);
  return { type: event.getWireType(), content: event.getWireContent() as Content };
}

/** Get ready to encrypt for everybody in a chat, before there is something to send. */
export async function prepare(roomId: string): Promise<void> {
  await cryptoReady();
  const room = matrix().getRoom(roomId);
  if (room) matrix().getCrypto()?.prepareToEncrypt(room);
}
