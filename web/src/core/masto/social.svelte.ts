/** My own side of the microblog: who I am there, what I have not seen, what comes in while the app is open. */
import type { mastodon } from "masto";
import { untrack } from "svelte";
import { blocked } from "../matrix/people.svelte";
import { holder } from "../session.svelte";
import { keep, kept } from "../store/idb";
import { announcements } from "./announcements.svelte";
import { api } from "./client";
import { forget, forgetBlocked, known } from "./feed.svelte";
import { hear } from "./live.svelte";
import type { Account, Post } from "./model";
import { postOutbox } from "./outbox.svelte";
import { posts } from "./posts.svelte";
import { account, entry, post } from "./read";

const USED = "teahouse.discover";
const KEPT_ME = "timeline me";

class Social {
  me = $state.raw<Account | undefined>();
  unread = $state(0);
  /** Rises with each notification, for the list that is open. */
  told = $state(0);
  /** How often somebody began or ended to say what they have seen. */
  #looked = 0;
  #starting: Promise<void> | undefined;

  /**
   * Start when the person has used the microblog before. Asking with a session would make an account there, so
   * this asks without one whether there is an account.
   */
  async startIfUsed(): Promise<void> {
    if (this.isUsed) return this.start();
    const name = holder.session?.userId.slice(1).split(":")[0] ?? "";
    const found = await fetch(`/api/v1/accounts/lookup?acct=${encodeURIComponent(name)}`).catch(
      () => undefined,
    );
    if (found?.ok) await this.start();
  }

  /** Whether the person was here before, as far as this browser knows. */
  get isUsed(): boolean {
    return this.me !== undefined || localStorage.getItem(USED) === holder.session?.userId;
  }

  start(): Promise<void> {
    this.#starting ??= this.#start().catch(() => {
      this.#starting = undefined;
      addEventListener("online", () => void this.start(), { once: true });
    });
    return this.#starting;
  }

  async #start(): Promise<void> {
    // Who I was at the last visit, for a start without a connection.
    const before = kept<Account>(KEPT_ME).then(
      (found) => (this.me ??= found),
      () => {},
    );
    const asking = [api().v1.accounts.verifyCredentials(), postOutbox.start()] as const;
    await before;
    const [me] = await Promise.all(asking);
    this.me = account(me);
    void keep(KEPT_ME, this.me).catch(() => {});
    postOutbox.posted = (made, draft) => made && place(made, draft.replyTo);
    localStorage.setItem(USED, holder.session?.userId ?? "");
    const catchUp = (): void => {
      this.count().catch(() => {});
      void known("home")?.look();
    };
    hear(
      (client) => client.user.subscribe(),
      (event) => this.#heard(event),
      catchUp,
    );
    // Whom I block in chats, or on another device, goes from here at once too.
    $effect.root(() => {
      $effect(() => {
        const users = new Set(blocked.all);
        untrack(() => forgetBlocked(users));
      });
    });
    await this.count();
    announcements.load().catch(() => {});
    addEventListener("online", catchUp);
    document.addEventListener("visibilitychange", () => document.hidden || catchUp());
  }

  async count(): Promise<void> {
    const before = this.#looked;
    const { count } = await api().v2.notifications.unreadCount.fetch();
    // An answer from before somebody looked would bring the badge back.
    if (before === this.#looked) this.unread = count;
  }

  /** Everything up to now was seen. */
  async seen(newest: string): Promise<void> {
    this.unread = 0;
    this.#looked += 1;
    await api().v1.markers.create({ notifications: { lastReadId: newest } });
    this.#looked += 1;
  }

  #heard(event: mastodon.streaming.Event): void {
    if (event.event === "notification") {
      this.unread += 1;
      this.told += 1;
    } else if (event.event === "update") {
      const home = known("home");
      for (const one of entry(event.payload)) {
        if (posts.get(one.post)?.author.id === this.me?.id && !one.by) home?.put(one);
        else home?.arrived(one);
      }
    } else if (event.event === "status.update") post(event.payload);
    // What goes may be a post, or only its being reposted by somebody.
    else if (event.event === "delete") forget(event.payload);
    else if (event.event.startsWith("announcement")) announcements.load().catch(() => {});
  }

  isMe(id: string | undefined): boolean {
    return id !== undefined && id === this.me?.id;
  }
}

export const social = new Social();

/** Show a new post of mine where it belongs. */
function place(made: Post, replyTo: string | undefined): void {
  const item = { key: made.id, post: made.id };
  known("home")?.put(item);
  if (made.visibility === "public" && !replyTo) known("square")?.put(item);
  if (social.me) known(`account ${social.me.id} ${replyTo ? "replies" : "posts"}`)?.put(item);
  if (replyTo) {
    for (const order of ["hot", "newest", "oldest"]) known(`comments ${replyTo} ${order}`)?.put(item);
    const parent = posts.get(replyTo);
    if (parent) posts.change(replyTo, { replies: parent.replies + 1 });
  }
}
