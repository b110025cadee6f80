/** Files of encrypted chats: AES-CTR with a key for each file, as the Matrix specification describes. */
import type { EncryptedFile } from "./model";

const base64 = (bytes: Uint8Array): string => btoa(String.fromCharCode(...bytes)).replace(/=+$/, "");
const bytesOf = (text: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (letter) => letter.charCodeAt(0));

export async function encryptFile(blob: Blob): Promise<{ data: Blob; file: Omit<EncryptedFile, "url"> }> {
  const key = await crypto.subtle.generateKey({ name: "AES-CTR", length: 256 }, true, ["encrypt", "decrypt"]);
  // The counter's half starts at zero: no file is long enough for it to reach the other half.
  const iv = new Uint8Array(16);
  crypto.getRandomValues(iv.subarray(0, 8));
  const sealed = await crypto.subtle.encrypt(
    { name: "AES-CTR", counter: iv, length: 64 },
    key,
    await blob.arrayBuffer(),
  );
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", sealed));
  const exported = await crypto.subtle.exportKey("jwk", key);
  const file = {
    v: "v2",
    key: { ...exported, key_ops: ["encrypt", "decrypt"], ext: true },
    iv: base64(iv),
    hashes: { sha256: base64(hash) },
  };
  return { data: new Blob([sealed]), file };
}

/** Decrypt a file. Throws when its hash is not the one that its sender gave. */
export async function decryptFile(sealed: ArrayBuffer, file: EncryptedFile): Promise<ArrayBuffer> {
  const hash = base64(new Uint8Array(await crypto.subtle.digest("SHA-256", sealed)));
  if (hash !== file.hashes.sha256?.replace(/=+$/, "")) throw new Error("the file is not what was sent");
  const key = await crypto.subtle.importKey("jwk", file.key, { name: "AES-CTR" }, false, ["decrypt"]);
  return crypto.subtle.decrypt({ name: "AES-CTR", counter: bytesOf(file.iv), length: 64 }, key, sealed);
}
