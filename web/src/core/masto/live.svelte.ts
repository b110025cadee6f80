/** One live stream for the whole visit: my home, what I am told, and what is looked at beside it. */
import { createStreamingAPIClient, type mastodon } from "masto";
import { untrack } from "svelte";
import { RETRY_MOST_MS, STREAM_BEGINS_MS } from "../limits";
import { holder } from "../session.svelte";

type Client = mastodon.streaming.Client;
interface Listening {
  choose: (client: Client) => mastodon.streaming.Subscription;
  handler: (event: mastodon.streaming.Event) => void;
  begun?: () => void;
  now?: mastodon.streaming.Subscription;
}

const listening = new Set<Listening>();
let client: Client | undefined;
let token: string | undefined;
let open: WebSocket | undefined;
let patience: ReturnType<typeof setTimeout> | undefined;
let tries = 0;

/** A connection that says when it begins and ends, which the library keeps to itself. */
class Watched extends WebSocket {
  readonly #try = tries;

  // The library takes its leave of streams whose connection has ended.
  override send(data: string): void {
    if (this.readyState === WebSocket.OPEN) super.send(data);
  }

  constructor(address: string | URL, protocols?: string | string[]) {
    super(address, protocols);
    this.addEventListener("open", () => {
      // One that was given up while it was on its way is of no use to anybody.
      if (this.#try !== tries) return this.close();
      open = this;
      clearTimeout(patience);
      // Nobody says when a stream has begun: what happened before is asked for once it surely has.
      setTimeout(() => {
        for (const one of listening) one.begun?.();
      }, STREAM_BEGINS_MS);
    });
    this.addEventListener("close", () => {
      if (this.#try !== tries) return;
      open = undefined;
      clearTimeout(patience);
      // The library waits twice as long after each failure, without end.
      patience = setTimeout(anew, RETRY_MOST_MS);
    });
  }
}

/** Connect with the token of now; whoever listens goes on listening. */
function connect(): Client | undefined {
  const current = holder.session?.accessToken;
  if (current === token) return client;
  client?.close();
  clearTimeout(patience);
  open = undefined;
  tries += 1;
  token = current;
  client = current
    ? createStreamingAPIClient({
        streamingApiUrl: location.origin.replace(/^http/, "ws"),
        accessToken: current,
        implementation: Watched,
      })
    : undefined;
  for (const one of listening) follow(one);
  return client;
}

/** Begin again where there is no connection. */
function anew(): void {
  if (open || !client) return;
  token = undefined;
  connect();
}

function follow(one: Listening): void {
  if (!client) return;
  const subscription = one.choose(client);
  one.now = subscription;
  const run = async (): Promise<void> => {
    for await (const event of subscription) {
      if (one.now !== subscription || !listening.has(one)) return;
      one.handler(event);
    }
  };
  run().catch(() => {});
}

// The server ends a stream with the token that began it.
let watched = false;
function watch(): void {
  if (watched) return;
  watched = true;
  addEventListener("online", anew);
  document.addEventListener("visibilitychange", () => document.hidden || anew());
  $effect.root(() => {
    $effect(() => {
      void holder.session?.accessToken;
      untrack(connect);
    });
  });
}

/**
 * Hear a stream until the function that is given back is called. `begun` is called some time after each connection:
 * what came before it, or while there was none, was not heard.
 */
export function hear(
  choose: Listening["choose"],
  handler: Listening["handler"],
  begun?: () => void,
): () => void {
  watch();
  connect();
  const one: Listening = { choose, handler, begun };
  listening.add(one);
  follow(one);
  const beginning = open && begun ? setTimeout(begun, STREAM_BEGINS_MS) : undefined;
  return () => {
    clearTimeout(beginning);
    listening.delete(one);
    one.now?.unsubscribe();
  };
}
