/** Folds what is longer than a screen, until somebody wants to see it all. */
import { LONG_TEXT_LINES } from "../../../core/limits";

const EMOJI = /^(?:\p{RGI_Emoji}\s*){1,4}$/v;

export function isOnlyEmoji(text: string): boolean {
  return text.length < 60 && EMOJI.test(text.trim());
}

export class LongText {
  #opened = $state(false);

  constructor(readonly text: () => string) {}

  get folded(): boolean {
    return !this.#opened && (this.text().length > 1500 || this.text().split("\n").length > LONG_TEXT_LINES);
  }

  open(): void {
    this.#opened = true;
  }
}
