/** What the reader has unfolded or uncovered; it stays so while the app is open. */
import { SvelteSet } from "svelte/reactivity";

class Settled {
  #all = new SvelteSet<string>();

  has(key: string): boolean {
    return this.#all.has(key);
  }

  open(key: string): void {
    this.#all.add(key);
  }

  toggle(key: string): void {
    if (!this.#all.delete(key)) this.#all.add(key);
  }
}

export const settled = new Settled();
