/** Takes chosen files into a draft: photos are made smaller, and there are nine pictures or one film. */
import { shrink } from "../../core/image/shrink";
import { MOST_PHOTOS } from "../../core/limits";
import type { DraftFile } from "../../core/masto/drafts";
import type { AttachmentKind } from "../../core/masto/model";
import { words } from "../../i18n/discover";
import { overlay } from "../../ui/overlay.svelte";

export async function addFiles(had: DraftFile[], chosen: Iterable<File>): Promise<DraftFile[]> {
  const files = [...had];
  for (const file of chosen) {
    const kind = file.type.split("/")[0] as AttachmentKind;
    if (!["image", "video", "audio"].includes(kind)) {
      overlay.note(words.t.notMedia);
      continue;
    }
    const fits = files.length === 0 || (kind === "image" && files.every((one) => one.kind === "image"));
    if (!fits || files.length >= MOST_PHOTOS) {
      overlay.note(words.t.tooManyFiles(MOST_PHOTOS));
      break;
    }
    const blob = kind === "image" ? ((await shrink(file))?.blob ?? file) : file;
    files.push({ key: crypto.randomUUID(), kind, description: "", blob });
  }
  return files;
}
