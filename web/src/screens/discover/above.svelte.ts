/** The sheet or viewer that lies above the Discover tab, if any. */
import type { Account, Attachment, Post } from "../../core/masto/model";

export type OpenSheet =
  | { kind: "report"; account: Account; post?: Post }
  | { kind: "history"; post: Post }
  | { kind: "share"; post: Post }
  | { kind: "lists"; account: Account }
  | { kind: "mute"; account: Account }
  | { kind: "view"; media: Attachment[]; id: string; post?: Post };

class Sheets {
  current = $state.raw<OpenSheet | undefined>();

  open(sheet: OpenSheet): void {
    this.current = sheet;
  }

  close(): void {
    this.current = undefined;
  }
}

export const sheets = new Sheets();
