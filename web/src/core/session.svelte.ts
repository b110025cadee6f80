/** Who is signed in on this device, and whether this tab is the one that may hold the session. */
import type { Session } from "./api";
import { forgetAll, keep, kept } from "./store/idb";

type Phase = "starting" | "signedOut" | "signedIn" | "elsewhere";

class SessionHolder {
  phase = $state<Phase>("starting");
  session = $state.raw<Session | undefined>();
  /** Set when the server ended the session, so that the sign-in page can say so. */
  ended = $state(sessionStorage.getItem("teahouse.ended") !== null);
  #release: (() => void) | undefined;

  async start(): Promise<void> {
    this.session = await kept<Session>("session");
    if (!this.session) this.phase = "signedOut";
    else await this.#claim(false);
  }

  async signedIn(session: Session): Promise<void> {
    await keep("session", session);
    this.session = session;
    this.ended = false;
    sessionStorage.removeItem("teahouse.ended");
    tellWorker();
    await this.#claim(true);
  }

  /** Take the session from the other tab. */
  async useHere(): Promise<void> {
    await this.#claim(true);
  }

  async signedOut(byServer = false): Promise<void> {
    await forgetAll();
    this.#release?.();
    this.session = undefined;
    if (byServer) sessionStorage.setItem("teahouse.ended", "1");
    this.phase = "signedOut";
    tellWorker();
  }

  // Two tabs with the same keys would each move the ratchets of the encryption and break the other's: one holds
  // a lock for as long as it lives, and another can take it away.
  async #claim(steal: boolean): Promise<void> {
    if (!navigator.locks) {
      this.phase = "signedIn";
      return;
    }
    await new Promise<void>((known) => {
      const hold = (lock: Lock | null): Promise<void> => {
        this.phase = lock ? "signedIn" : "elsewhere";
        known();
        return lock ? new Promise((release) => (this.#release = release)) : Promise.resolve();
      };
      const options = steal ? { steal: true } : { ifAvailable: true };
      navigator.locks.request("teahouse-session", options, hold).catch(() => location.reload());
    });
  }
}

function tellWorker(): void {
  navigator.serviceWorker?.controller?.postMessage({ type: "session-changed" });
}

export const holder = new SessionHolder();
