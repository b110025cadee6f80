/** Runs what may fail for reasons that the person should hear of in a note. */
import { i18n } from "../i18n";
import { overlay } from "../ui/overlay.svelte";

export function attempt(work: Promise<unknown>): void {
  work.catch((error: unknown) => overlay.note(reason(error)));
}

export function reason(error: unknown): string {
  const words = (error as { data?: { error?: string } } | undefined)?.data?.error;
  return words ? `${i18n.t.shell.failed}: ${words}` : i18n.t.shell.failed;
}
