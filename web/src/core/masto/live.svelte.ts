/** One live stream for the whole visit: my home, what I am told, and what is looked at beside it. */
import { createStreamingAPIClient, type mastodon } from "masto";
import { untrack } from "svelte";
import { holder } from "../session.svelte";

type Client = mastodon.streaming.Client;
interface Listening {
  choose: (client: Client) => mastodon.streaming.Subscription;
  handler: (event: mastodon.streaming.Event) => void;
  now?: mastodon.streaming.Subscription;
}

const listening = new Set<Listening>();
let client: Client | undefined;
let token: string | undefined;

/** Connect with the token of now; whoever listens goes on listening. */
function connect(): Client | undefined {
  const current = holder.session?.accessToken;
  if (current === token) return client;
  client?.close();
  token = current;
  client = current
    ? createStreamingAPIClient({
        streamingApiUrl: location.origin.replace(/^http/, "ws"),
        accessToken: current,
      })
    : undefined;
  for (const one of listening) follow(one);
  return client;
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
  $effect.root(() => {
    $effect(() => {
      void holder.session?.accessToken;
      untrack(connect);
    });
  });
}

/** Hear a stream until the function that is given back is called. */
export function hear(choose: Listening["choose"], handler: Listening["handler"]): () => void {
  watch();
  connect();
  const one: Listening = { choose, handler };
  listening.add(one);
  follow(one);
  return () => {
    listening.delete(one);
    one.now?.unsubscribe();
  };
}
