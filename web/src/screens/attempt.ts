/** Runs what may fail for reasons that the person should hear of in a note. */
import { i18n } from "../i18n";
import { overlay } from "../ui/overlay.svelte";

export function attempt(work: Promise<unknown>): void {
  work.catch((error: unknown) => overlay.note(reason(error)));
}

interface Refusal {
  name?: string;
  errcode?: string;
  data?: { error?: string };
}

export function reason(error: unknown): string {
  const { name, errcode, data } = (error ?? {}) as Refusal;
  const t = i18n.t.shell;
  const known = refusal(name === "ConnectionError" ? "OFFLINE" : (errcode ?? ""));
  // The server knows more of the case, but speaks English.
  if (known && (!data?.error || i18n.locale !== "en")) return known;
  return data?.error ? `${t.failed}: ${data.error}` : t.failed;
}

/** What a code of the protocol means to people. */
export const refusal = (code: string): string | undefined =>
  Object.hasOwn(i18n.t.shell.refusals, code) ? i18n.t.shell.refusals[code] : undefined;
