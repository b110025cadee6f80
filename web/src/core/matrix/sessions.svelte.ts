/** My devices as encryption sees them, and the notice of a new one. */
import { ClientEvent } from "matrix-js-sdk";
import { holder } from "../session.svelte";
import { matrix } from "./client";
import { cryptoReady } from "./crypto.svelte";

const NOTICE = "teahouse.new_session";
const SEEN = "teahouse.seenSession";

export interface NewSession {
  id: string;
  name: string;
  at: number;
}

/** Which of my devices are compared; undefined while encryption is not there. */
export async function trustedDevices(): Promise<Set<string> | undefined> {
  await cryptoReady();
  const crypto = matrix().getCrypto();
  const me = holder.session?.userId ?? "";
  const known = (await crypto?.getUserDeviceInfo([me]))?.get(me);
  if (!crypto || !known) return undefined;
  const trusted = new Set<string>();
  for (const id of known.keys())
    if ((await crypto.getDeviceVerificationStatus(me, id))?.isVerified()) trusted.add(id);
  return trusted;
}

class NewSessions {
  /** The newest session that was begun elsewhere, until I have said that I saw it. */
  newest = $state.raw<NewSession | undefined>();

  listen(): void {
    // What was begun before this device first asked is no news to it.
    if (localStorage.getItem(SEEN) === null) localStorage.setItem(SEEN, String(Date.now()));
    const read = (): void => {
      const said = matrix()
        .getAccountData(NOTICE as never)
        ?.getContent() as { device_id?: unknown; display_name?: unknown; ts?: unknown } | undefined;
      const at = Number(said?.ts ?? 0);
      const other = typeof said?.device_id === "string" && said.device_id !== holder.session?.deviceId;
      this.newest =
        other && at > Number(localStorage.getItem(SEEN) ?? 0)
          ? { id: String(said?.device_id), name: String(said?.display_name ?? ""), at }
          : undefined;
    };
    matrix().on(ClientEvent.AccountData, (event) => (event.getType() as string) === NOTICE && read());
    read();
  }

  /** A device was compared with this one: it is mine. */
  compared(deviceId: string | undefined): void {
    if (deviceId !== undefined && this.newest?.id === deviceId) this.seen();
  }

  seen(): void {
    localStorage.setItem(SEEN, String(this.newest?.at ?? Date.now()));
    this.newest = undefined;
  }
}

export const newSessions = new NewSessions();
