/**
 * A list that grows at its end as it is read, and whose news wait above until somebody asks for them. Lists that
 * were read are kept, so that going back shows them where they were left.
 */
import { FEEDS_KEPT, FRESH_MS } from "../limits";
import type { Page } from "./client";
import type { Entry } from "./model";
import { posts } from "./posts.svelte";

export type Source<T> = (params: Record<string, string>) => Promise<Page<T>>;

/** Where the first page of a list outlasts the visit. */
export interface Shelf<T> {
  load: () => Promise<{ at: number; items: T[] } | undefined>;
}

export class Feed<T extends { key: string } = Entry> {
  items = $state.raw<readonly T[]>([]);
  /** What came since, newest first. */
  fresh = $state.raw<readonly T[]>([]);
  loading = $state(false);
  failed = $state(false);
  ended = $state(false);
  /** When what is shown was kept, while it is from an earlier visit. */
  kept = $state<number>();
  /** Whether somebody reads in it: what they read then stays where it is. */
  touched = false;
  /** Where the reader was, for coming back. */
  place?: { offset: number; cache?: unknown; length: number; focus?: string };
  #next: Record<string, string> = {};
  #asked = 0;
  /** The newest page, where it does not reach down to what is shown. */
  #apart: Page<T> | undefined;

  constructor(
    readonly source: Source<T>,
    readonly shelf?: Shelf<T>,
  ) {}

  /** Load the first page, or look what is new in a list that is known. What was kept is shown meanwhile. */
  async open(): Promise<void> {
    if (this.items.length === 0 && !this.ended) {
      const first = this.more();
      const shown = await this.shelf?.load().catch(() => undefined);
      if (shown && this.items.length === 0 && !this.ended) {
        this.items = shown.items;
        this.kept = shown.at;
      }
      await first;
    } else if (Date.now() - this.#asked > FRESH_MS) await this.look();
  }

  async more(): Promise<void> {
    if (this.loading || this.ended) return;
    this.loading = true;
    this.failed = false;
    // From here on what comes in is taken in, also while the first page is still under way.
    this.#asked ||= Date.now();
    try {
      const page = await this.source(this.#next);
      if (this.kept) this.#replaceKept(page);
      else this.items = [...this.items, ...this.#unknown(page.items)];
      this.#next = page.next ?? {};
      this.ended = page.next === undefined;
    } catch {
      this.failed = true;
    } finally {
      this.loading = false;
    }
    // A page can be empty where filters hide what it held.
    if (this.items.length === 0 && !this.ended && !this.failed) await this.more();
  }

  /** Put what is new above the rest, to be shown when it is asked for. */
  async look(): Promise<void> {
    if (this.#asked === 0) return;
    if (this.kept) return this.more();
    this.#asked = Date.now();
    const page = await this.source({}).catch(() => undefined);
    const known = page?.items.findIndex((one) => this.items.some((old) => old.key === one.key)) ?? 0;
    if (!page || known === 0) return;
    if (known > 0) this.fresh = this.#unknown(page.items.slice(0, known), false);
    // So much is new that the two do not meet: the list begins anew, but not under the eyes of somebody who reads.
    else if (!this.touched) this.#begin(page);
    else {
      this.#apart = page;
      this.fresh = page.items;
    }
  }

  /** Load the first page again. What is below it stays where it is, as does the reader. */
  async renew(): Promise<void> {
    if (this.#asked === 0 || this.items.length === 0) return this.again();
    const page = await this.source({}).catch(() => undefined);
    if (!page) return;
    const keys = new Set(page.items.map((one) => one.key));
    const met = this.items.some((one) => keys.has(one.key));
    if (!met) return this.#begin(page);
    this.items = [...page.items, ...this.items.filter((one) => !keys.has(one.key))];
  }

  /** Put the first page in the place of what was kept; what is new waits above when somebody reads already. */
  #replaceKept(page: Page<T>): void {
    const known = page.items.findIndex((one) => this.items.some((old) => old.key === one.key));
    this.kept = undefined;
    this.#begin(page);
    if (!this.touched || known <= 0) return;
    this.fresh = page.items.slice(0, known);
    this.items = page.items.slice(known);
  }

  #begin(page: Page<T>): void {
    this.#apart = undefined;
    this.items = page.items;
    this.fresh = [];
    this.place = undefined;
    this.#next = page.next ?? {};
    this.ended = page.next === undefined;
  }

  async again(): Promise<void> {
    this.#apart = undefined;
    this.items = [];
    this.fresh = [];
    this.ended = false;
    this.#next = {};
    this.place = undefined;
    await this.more();
  }

  arrived(item: T): void {
    const [unknown] = this.#unknown([item]);
    if (unknown && this.#asked > 0) this.fresh = [unknown, ...this.fresh];
  }

  /** Show what waits. */
  showFresh(): void {
    const shown = this.fresh;
    if (this.#apart) {
      this.#begin(this.#apart);
      this.items = [...shown];
    } else this.items = [...shown, ...this.items];
    this.fresh = [];
  }

  /** Put something of one's own on top at once. */
  put(item: T): void {
    if (this.#asked === 0) return;
    this.fresh = this.fresh.filter((one) => one.key !== item.key);
    if (!this.items.some((one) => one.key === item.key)) this.items = [item, ...this.items];
  }

  drop(matches: (item: T) => boolean): void {
    this.items = this.items.filter((one) => !matches(one));
    this.fresh = this.fresh.filter((one) => !matches(one));
  }

  #unknown(items: readonly T[], freshToo = true): T[] {
    const known = new Set([...this.items, ...(freshToo ? this.fresh : [])].map((one) => one.key));
    return items.filter((one) => !known.has(one.key) && known.add(one.key));
  }
}

const kept = new Map<string, Feed>();

/** Give the list of posts under a name: the one that was read before, if it still is here. */
export function feed(name: string, source: Source<Entry>, shelf?: Shelf<Entry>): Feed {
  const known = kept.get(name) ?? new Feed(source, shelf);
  kept.delete(name);
  kept.set(name, known);
  const [oldest] = kept.keys();
  if (kept.size > FEEDS_KEPT && oldest) kept.delete(oldest);
  return known;
}

export const known = (name: string): Feed | undefined => kept.get(name);

/** Take a post out of every list. */
export function forget(id: string): void {
  posts.remove(id);
  for (const one of kept.values()) one.drop((item) => item.post === id || item.key === id);
}

/** Take what a muted account wrote or reposted out of every list but those of its own page. */
export function forgetBy(account: string): void {
  const isBy = (item: Entry): boolean =>
    item.by?.id === account || posts.get(item.post)?.author.id === account;
  for (const [name, one] of kept) if (!name.startsWith(`account ${account} `)) one.drop(isBy);
}

/** Take whatever blocked users wrote or reposted from everywhere. */
export function forgetBlocked(users: ReadonlySet<string>): void {
  for (const one of kept.values()) one.drop((item) => item.by !== undefined && users.has(item.by.user));
  posts.removeBy(users);
}
