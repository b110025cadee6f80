/** The person's own moves of a list, which what leads it gives way to. */
import type { Attachment } from "svelte/attachments";

interface List {
  scrollToIndex(index: number, how: { align: "start" | "center" | "end" }): void;
  scrollTo(offset: number): void;
}

/** The list corrects where it was led for 150 ms after each row that finds its height. */
const LED_MS = 1000;
/** How long after a move the hand may still be at it. */
const MOVING_MS = 300;
const KEYS = new Set(["PageUp", "PageDown", "Home", "End", "ArrowUp", "ArrowDown", " "]);

export class Hand {
  /** How often the person has moved the list. */
  moves = 0;
  #movedAt = Number.NEGATIVE_INFINITY;
  #ledAt = Number.NEGATIVE_INFINITY;

  get moving(): boolean {
    return performance.now() - this.#movedAt < MOVING_MS;
  }

  lead(list: List | undefined, index: number, align: "start" | "center" | "end"): void {
    this.#ledAt = performance.now();
    list?.scrollToIndex(index, { align });
  }

  /** Notice when the person takes the list into their own hand, and let go of it then. */
  watch(list: () => List | undefined): Attachment<HTMLElement> {
    return (element) => {
      const take = (): void => {
        this.moves += 1;
        this.#movedAt = performance.now();
        if (this.#movedAt - this.#ledAt > LED_MS) return;
        this.#ledAt = Number.NEGATIVE_INFINITY;
        // The list forgets where it was led only when it is led elsewhere: to wherever it stands by then.
        const here = { valueOf: () => element.scrollTop };
        list()?.scrollTo(here as unknown as number);
      };
      const pressed = (event: KeyboardEvent): unknown => KEYS.has(event.key) && take();
      // On the list itself there is nothing to press but its bar.
      const grasped = (event: PointerEvent): unknown => event.target === element && take();
      element.addEventListener("wheel", take, { passive: true });
      element.addEventListener("touchmove", take, { passive: true });
      element.addEventListener("keydown", pressed);
      element.addEventListener("pointerdown", grasped);
      return () => {
        element.removeEventListener("wheel", take);
        element.removeEventListener("touchmove", take);
        element.removeEventListener("keydown", pressed);
        element.removeEventListener("pointerdown", grasped);
      };
    };
  }
}
