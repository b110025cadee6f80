/** A post that is being written. It is kept as it grows, one for each thing it may answer or quote. */
import { keep, kept, unkeep } from "../store/idb";
import type { Allowed, AttachmentKind, Repliers, Visibility } from "./model";

export interface DraftFile {
  key: string;
  kind: AttachmentKind;
  description: string;
  /** What is to be uploaded; a picture of a post that is edited has none. */
  blob?: Blob;
  /** The upload's id, once it is there. */
  id?: string;
  /** Where an earlier upload is shown. */
  shown?: string;
}

export interface DraftPoll {
  options: string[];
  multiple: boolean;
  hideTotals: boolean;
  hours: number;
}

export interface Draft {
  text: string;
  spoiler: string;
  warned: boolean;
  visibility: Visibility;
  repliers: Repliers;
  quoters: Allowed;
  language: string;
  replyTo?: string;
  quote?: string;
  poll?: DraftPoll;
  /** When it shall be posted, if not at once. */
  at?: number;
  files: DraftFile[];
}

export const draftName = (replyTo?: string, quote?: string): string =>
  `draft-post ${replyTo ? `reply ${replyTo}` : quote ? `quote ${quote}` : ""}`;

export const isEmpty = (draft: Draft): boolean =>
  draft.text.trim() === "" && draft.files.length === 0 && !draft.poll && draft.spoiler === "";

export const loadDraft = (name: string): Promise<Draft | undefined> => kept<Draft>(name);

export async function saveDraft(name: string, draft: Draft): Promise<void> {
  if (isEmpty(draft)) await unkeep(name);
  else await keep(name, draft);
}
