/**
 * The recovery key and the trust between devices, in the few steps that people need: make a key, enter it on a new
 * device, or compare emoji with another device.
 */
import {
  CryptoEvent,
  type ShowSasCallbacks,
  VerificationPhase,
  type VerificationRequest,
  VerificationRequestEvent,
  type Verifier,
  VerifierEvent,
} from "matrix-js-sdk/lib/crypto-api";
import { decodeRecoveryKey } from "matrix-js-sdk/lib/crypto-api/recovery-key";
import { matrix } from "./client";
import { cryptoReady, useKey } from "./crypto.svelte";
import { newSessions } from "./sessions.svelte";

/** `none`: no recovery key exists. `locked`: one exists, and this device has not been let in yet. */
type Status = "unknown" | "none" | "locked" | "ok";

class Recovery {
  status = $state<Status>("unknown");
  /** Whether a recovery key exists at all. */
  hasKey = $state(false);
  restoring = $state<{ done: number; total: number } | undefined>();
  #letsIn = false;

  /** Find out how things stand; gives a new account its own signing keys. */
  async check(): Promise<void> {
    await cryptoReady();
    const crypto = api();
    const hasKeys = await crypto.userHasCrossSigningKeys(undefined, true);
    if (!hasKeys)
      await crypto.bootstrapCrossSigning({
        authUploadDeviceSigningKeys: async (send) => void (await send(null)),
      });
    const keyId = await matrix().secretStorage.getDefaultKeyId();
    this.hasKey = keyId !== null;
    const trusted = await crypto.isCrossSigningReady();
    const cached = (await crypto.getCrossSigningStatus()).privateKeysCachedLocally.selfSigningKey;
    // Before the history is back as well, nobody may believe that all is done and close the app.
    if (this.#letsIn) return;
    this.status = !keyId ? (trusted || cached ? "none" : "locked") : cached || trusted ? "ok" : "locked";
    if (this.status === "ok") await crypto.checkKeyBackupAndEnable().catch(() => null);
  }

  /** Make a recovery key and put everything that must survive this device under it. */
  async create(): Promise<string> {
    await cryptoReady();
    const crypto = api();
    const key = await crypto.createRecoveryKeyFromPassphrase();
    useKey(key.privateKey);
    try {
      await crypto.bootstrapSecretStorage({
        createSecretStorageKey: async () => key,
        setupNewSecretStorage: true,
        setupNewKeyBackup: true,
      });
    } finally {
      useKey(undefined);
    }
    this.status = "ok";
    this.hasKey = true;
    return key.encodedPrivateKey ?? "";
  }

  /** Let this device in with the recovery key, and bring the history back. Throws when it is not the key. */
  async restore(typed: string): Promise<void> {
    await cryptoReady();
    const crypto = api();
    const key = decodeRecoveryKey(typed.trim());
    const found = await matrix().secretStorage.getKey();
    if (!found || !(await matrix().secretStorage.checkKey(key, found[1]))) throw new Error("not the key");
    useKey(key);
    this.#letsIn = true;
    try {
      // The backup's key comes first: with it, whatever is cut off here goes on at the next start.
      await crypto.loadSessionBackupPrivateKeyFromSecretStorage();
      await crypto.bootstrapCrossSigning({});
      await this.history();
    } finally {
      useKey(undefined);
      this.#letsIn = false;
    }
    this.status = "ok";
  }

  /** Fetch the keys of older messages from the server's backup. */
  async history(): Promise<void> {
    const crypto = api();
    await crypto.checkKeyBackupAndEnable();
    await crypto.restoreKeyBackup({
      progressCallback: (progress) => {
        if ("total" in progress)
          this.restoring = { done: progress.successes + progress.failures, total: progress.total };
      },
    });
    this.restoring = undefined;
  }
}

/** One comparison of emoji, begun here or by another device or person. */
export class Comparison {
  step = $state<"waiting" | "asked" | "emoji" | "confirming" | "done" | "cancelled">("waiting");
  emoji = $state.raw<[string, string][]>([]);
  #sas: ShowSasCallbacks | undefined;
  #verifier: Verifier | undefined;
  #device: string | undefined;

  constructor(
    readonly request: VerificationRequest,
    readonly mine: boolean,
  ) {
    this.step = mine ? "waiting" : "asked";
    request.on(VerificationRequestEvent.Change, () => this.#changed());
    this.#changed();
  }

  get other(): string {
    return this.request.otherUserId;
  }

  get withMyself(): boolean {
    return this.request.isSelfVerification;
  }

  async accept(): Promise<void> {
    this.step = "waiting";
    await this.request.accept();
  }

  async match(same: boolean): Promise<void> {
    if (!same) {
      this.#sas?.mismatch();
      return;
    }
    this.step = "confirming";
    await this.#sas?.confirm();
  }

  async cancel(): Promise<void> {
    if (this.step !== "done" && this.step !== "cancelled") await this.request.cancel().catch(() => {});
  }

  #changed(): void {
    const { phase } = this.request;
    // Known only in the middle of it.
    this.#device ??= this.request.otherDeviceId;
    if (phase === VerificationPhase.Cancelled) this.step = "cancelled";
    else if (phase === VerificationPhase.Done) this.#finished();
    // Whoever asked begins, so that both don't.
    else if (phase === VerificationPhase.Ready && this.mine && !this.#verifier)
      void this.request.startVerification("m.sas.v1").then((one) => this.#run(one));
    else if (phase === VerificationPhase.Started && this.request.verifier) this.#run(this.request.verifier);
  }

  #run(verifier: Verifier): void {
    if (this.#verifier) return;
    this.#verifier = verifier;
    const show = (sas: ShowSasCallbacks): void => {
      this.#sas = sas;
      this.emoji = (sas.sas.emoji ?? []) as [string, string][];
      this.step = "emoji";
    };
    verifier.on(VerifierEvent.ShowSas, show);
    verifier.verify().then(
      () => this.#finished(),
      () => (this.step = "cancelled"),
    );
    const shown = verifier.getShowSasCallbacks();
    if (shown) show(shown);
  }

  #finished(): void {
    if (this.step === "done") return;
    this.step = "done";
    if (!this.withMyself) return;
    newSessions.compared(this.#device);
    // The other device sends the secrets; the backup opens with them.
    void recovery.check().then(() => recovery.history().catch(() => {}));
  }
}

class Comparisons {
  open = $state.raw<Comparison | undefined>();

  listen(): void {
    matrix().on(CryptoEvent.VerificationRequestReceived, (request) => {
      if (!this.open || ["done", "cancelled"].includes(this.open.step))
        this.open = new Comparison(request, false);
    });
    matrix().on(
      CryptoEvent.KeyBackupDecryptionKeyCached,
      () =>
        void recovery.history().then(
          () => recovery.check(),
          () => {},
        ),
    );
  }

  /** Ask my other devices. */
  async withMyDevices(): Promise<void> {
    await cryptoReady();
    this.open = new Comparison(await api().requestOwnUserVerification(), true);
  }

  /** Ask somebody in our private chat. */
  async withPerson(userId: string, roomId: string): Promise<void> {
    await cryptoReady();
    this.open = new Comparison(await api().requestVerificationDM(userId, roomId), true);
  }

  async close(): Promise<void> {
    const { open } = this;
    this.open = undefined;
    await open?.cancel();
  }
}

function api() {
  const crypto = matrix().getCrypto();
  if (!crypto) throw new Error("no encryption here");
  return crypto;
}

/** Whether I compared emoji with somebody. */
export async function isVerified(userId: string): Promise<boolean> {
  await cryptoReady();
  return (await api().getUserVerificationStatus(userId)).isVerified();
}

export const recovery = new Recovery();
export const comparisons = new Comparisons();
