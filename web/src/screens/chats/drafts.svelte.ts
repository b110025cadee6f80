/** The drafts of all chats, as the list and the composer see them. */
import { DRAFT_SAVE_MS } from "../../core/limits";
import { loadDrafts, saveDraft } from "../../core/store/drafts";
import type { Draft } from "../../core/store/idb";

class Drafts {
  all = $state.raw<Map<string, Draft>>(new Map());
  #timer: ReturnType<typeof setTimeout> | undefined;
  #due: (() => void) | undefined;
  ready: Promise<void>;

  constructor() {
    this.ready = loadDrafts().then((found) => {
      this.all = found;
    });
    addEventListener("pagehide", () => this.flush());
  }

  /** Note what is typed; it is kept half a second later, or at once when the page goes away. */
  type(roomId: string, text: string, quote?: string): void {
    this.#due = () => {
      const all = new Map(this.all);
      if (text.trim() === "" && !quote) all.delete(roomId);
      else all.set(roomId, { text, quote, at: Date.now() });
      this.all = all;
      void saveDraft(roomId, text, quote);
    };
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.flush(), DRAFT_SAVE_MS);
  }

  flush(): void {
    clearTimeout(this.#timer);
    const due = this.#due;
    this.#due = undefined;
    due?.();
  }

  clear(roomId: string): void {
    this.type(roomId, "");
    this.flush();
  }
}

export const drafts = new Drafts();
