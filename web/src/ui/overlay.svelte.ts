/** What may lie above any screen: short notes, and a question that must be answered. */
interface Note {
  id: number;
  text: string;
  action?: { label: string; run: () => void };
}

export interface Question {
  title: string;
  text?: string;
  confirm: string;
  danger?: boolean;
  /** Asks for a line of text as well. */
  input?: { label: string; value: string; maxlength?: number };
}

class Overlay {
  notes = $state.raw<Note[]>([]);
  question = $state.raw<(Question & { answer: (value: string | undefined) => void }) | undefined>();
  #next = 1;

  /** Show a note for a few seconds; one with an action stays until it is used or replaced. */
  note(text: string, action?: Note["action"]): void {
    const id = this.#next++;
    this.notes = [...this.notes.filter((one) => one.text !== text).slice(-2), { id, text, action }];
    if (!action) setTimeout(() => this.dismiss(id), 3500);
  }

  dismiss(id: number): void {
    this.notes = this.notes.filter((one) => one.id !== id);
  }

  /** Ask; gives the text (empty without an input) or undefined when the person declines. */
  ask(question: Question): Promise<string | undefined> {
    return new Promise((resolve) => {
      const answer = (value: string | undefined): void => {
        this.question = undefined;
        resolve(value);
      };
      this.question = { ...question, answer };
    });
  }
}

export const overlay = new Overlay();
