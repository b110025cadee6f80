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
  type(roomId: string, text: string, quote?: string, mentions?: Draft["mentions"]): void {
    const draft = text.trim() || quote ? { text, quote, mentions, at: Date.now() } : undefined;
    this.#due = () => {
      const all = new Map(this.all);
      if (draft) all.set(roomId, draft);
      else all.delete(roomId);
      this.all = all;
      void saveDraft(roomId, draft);
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
