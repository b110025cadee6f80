/** All posts that this visit has seen, once each: what changes on one changes wherever it is shown. */
import { SvelteMap } from "svelte/reactivity";
import type { Post } from "./model";

class Posts {
  #all = new SvelteMap<string, Post>();
  #gone = new SvelteMap<string, true>();

  get(id: string | undefined): Post | undefined {
    return id ? this.#all.get(id) : undefined;
  }

  take(post: Post): Post {
    this.#all.set(post.id, post);
    return post;
  }

  change(id: string, change: Partial<Post>): void {
    const now = this.#all.get(id);
    if (now) this.#all.set(id, { ...now, ...change });
  }

  remove(id: string): void {
    this.#gone.set(id, true);
    this.#all.delete(id);
  }

  /** Take away all that some users wrote, wherever it is shown: in lists, in threads, inside of quotes. */
  removeBy(users: ReadonlySet<string>): void {
    for (const post of this.#all.values()) if (users.has(post.author.user)) this.#all.delete(post.id);
  }

  isGone(id: string): boolean {
    return this.#gone.has(id);
  }
}

export const posts = new Posts();
