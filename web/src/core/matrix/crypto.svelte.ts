/**
 * Encryption, loaded when the app is idle: it never delays the list of chats. The state here is what the screens
 * say about it in plain words.
 */
import { ClientEvent } from "matrix-js-sdk";
import type { SecretStorageKeyDescription } from "matrix-js-sdk/lib/secret-storage";
import { matrix } from "./client";
import { LateCrypto } from "./lateCrypto";

const LONGEST_WAIT_MS = 10_000;

class CryptoState {
  ready = $state(false);
  failed = $state(false);
}

export const cryptoState = new CryptoState();
export const late = new LateCrypto(cryptoReady);
let starting: Promise<void> | undefined;
let typedKey: Uint8Array<ArrayBuffer> | undefined;

/** Begin when the browser has nothing better to do: on a slow line not before the list of chats is here. */
export function startWhenIdle(): void {
  const begin = (): void => void cryptoReady().catch(() => {});
  const soon = (): void => {
    if ("requestIdleCallback" in window) requestIdleCallback(begin, { timeout: 3000 });
    else setTimeout(begin, 800);
  };
  if (matrix().getSyncState() !== null) soon();
  else {
    matrix().once(ClientEvent.Sync, soon);
    setTimeout(soon, LONGEST_WAIT_MS);
  }
}

/** Resolves when messages can be encrypted and read. */
export function cryptoReady(): Promise<void> {
  starting ??= matrix()
    .initRustCrypto({ useIndexedDB: true, cryptoDatabasePrefix: "teahouse-crypto" })
    .then(async () => {
      await late.adopt(matrix());
      cryptoState.ready = true;
      const { comparisons, recovery } = await import("./recovery.svelte");
      comparisons.listen();
      void recovery.check().catch(() => {});
    })
    .catch((error: unknown) => {
      starting = undefined;
      cryptoState.failed = true;
      throw error;
    });
  return starting;
}

/** Answer the library's question for the recovery key with the one that the person typed, when there is one. */
export async function secretKey(
  keys: Record<string, SecretStorageKeyDescription>,
): Promise<[string, Uint8Array<ArrayBuffer>] | null> {
  const [id] = Object.keys(keys);
  return id && typedKey ? [id, typedKey] : null;
}

export function useKey(key: Uint8Array<ArrayBuffer> | undefined): void {
  typedKey = key;
}
