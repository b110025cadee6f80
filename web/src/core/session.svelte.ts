/** Who is signed in on this device, and whether this tab is the one that may hold the session. */
import { ApiError, request, type Session } from "./api";
import { beginEarly } from "./headStart";
import { RENEW_BEFORE_MS } from "./limits";
import { forgetAll, keep, kept } from "./store/idb";

type Phase = "starting" | "signedOut" | "signedIn" | "elsewhere" | "locked";

class SessionHolder {
  phase = $state<Phase>("starting");
  session = $state.raw<Session | undefined>();
  /** Set when the server ended the session, so that the sign-in page can say so. */
  ended = $state(sessionStorage.getItem("teahouse.ended") !== null);
  /** Why the operators locked the account, in their words. */
  lockedFor = $state("");
  /** What went wrong on the way back from the server's sign-in pages. */
  trouble = $state.raw<unknown>();
  #release: (() => void) | undefined;
  #renewing: Promise<void> | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  async start(): Promise<void> {
    this.session = await kept<Session>("session");
    if (location.pathname === "/signed-in") await this.#comeBack();
    else if (!this.session) this.phase = "signedOut";
    else await this.#claim(false);
    if (this.session) this.#watch();
  }

  /** End a sign-in on the server's pages, which lead back here. */
  async #comeBack(): Promise<void> {
    const answer = new URLSearchParams(location.search);
    history.replaceState({}, "", "/");
    try {
      if (this.session) await this.#claim(false);
      else {
        const [session, place] = await (await import("./oauth")).finish(answer);
        history.replaceState({}, "", place);
        // The router hears of other places by this event.
        dispatchEvent(new PopStateEvent("popstate"));
        await this.signedIn(session);
      }
    } catch (error) {
      this.trouble = error;
      this.phase = "signedOut";
    }
  }

  /** Resolves when the access token is good for a while. */
  async fresh(): Promise<void> {
    const { session } = this;
    if (session?.expiresAt && session.expiresAt - Date.now() < RENEW_BEFORE_MS)
      await this.renew(session.accessToken);
  }

  /** Get new tokens in the place of these, unless another tab or the service worker has done so. */
  renew(seen: string): Promise<void> {
    this.#renewing ??= this.#renewed(seen).finally(() => {
      this.#renewing = undefined;
    });
    return this.#renewing;
  }

  // A refresh token is spent by its use; spent twice it ends the session. So one at a time, whoever needs it.
  async #renewed(seen: string): Promise<void> {
    const work = async (): Promise<void> => {
      const stored = await kept<Session>("session");
      if (!stored?.refreshToken) return;
      if (stored.accessToken !== seen) this.session = stored;
      else await this.#spend(stored);
    };
    await (navigator.locks ? navigator.locks.request("teahouse-tokens", work) : work());
    this.#watch();
  }

  async #spend(stored: Session): Promise<void> {
    const body = new URLSearchParams({
      grant_type: "refresh_token",
      refresh_token: stored.refreshToken ?? "",
      client_id: stored.clientId ?? "",
    });
    const got = await request<{ access_token: string; refresh_token: string; expires_in: number }>(
      "POST",
      "/oauth/token",
      body,
    );
    const fresh: Session = {
      ...stored,
      accessToken: got.access_token,
      refreshToken: got.refresh_token,
      expiresAt: Date.now() + got.expires_in * 1000,
    };
    await keep("session", fresh);
    this.session = fresh;
    tellWorker("token-changed");
  }

  #watch(): void {
    clearTimeout(this.#timer);
    const { session } = this;
    if (!session?.expiresAt) return;
    const due = Math.max(1000, session.expiresAt - Date.now() - RENEW_BEFORE_MS);
    this.#timer = setTimeout(() => {
      this.fresh().catch((error: unknown) => {
        // What the server refused is over, which the next request will tell; without a connection there will be another try.
        if (!(error instanceof ApiError) || error.status === 0) this.#watch();
      });
    }, due);
  }

  async signedIn(session: Session): Promise<void> {
    await keep("session", session);
    this.session = session;
    this.ended = false;
    sessionStorage.removeItem("teahouse.ended");
    tellWorker();
    this.#watch();
    await this.#claim(true);
  }

  /** Take the session from the other tab. */
  async useHere(): Promise<void> {
    await this.#claim(true);
  }

  /** Show that the operators locked the account. All that this browser keeps stays: a lock may be lifted. */
  locked(why: string): void {
    this.lockedFor = why;
    this.phase = "locked";
  }

  async signedOut(byServer = false): Promise<void> {
    await forgetAll();
    this.#release?.();
    clearTimeout(this.#timer);
    this.session = undefined;
    if (byServer) sessionStorage.setItem("teahouse.ended", "1");
    this.phase = "signedOut";
    tellWorker();
  }

  // Two tabs with the same keys would each move the ratchets of the encryption and break the other's: one holds
  // a lock for as long as it lives, and another can take it away.
  async #claim(steal: boolean): Promise<void> {
    if (!navigator.locks) {
      this.#open();
      return;
    }
    await new Promise<void>((known) => {
      const hold = (lock: Lock | null): Promise<void> => {
        if (lock) this.#open();
        else this.phase = "elsewhere";
        known();
        return lock ? new Promise((release) => (this.#release = release)) : Promise.resolve();
      };
      const options = steal ? { steal: true } : { ifAvailable: true };
      navigator.locks.request("teahouse-session", options, hold).catch(() => location.reload());
    });
  }

  #open(): void {
    if (this.session) beginEarly(this.session);
    this.phase = "signedIn";
  }
}

function tellWorker(type = "session-changed"): void {
  navigator.serviceWorker?.controller?.postMessage({ type });
}

export const holder = new SessionHolder();
