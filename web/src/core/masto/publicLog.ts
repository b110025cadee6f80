/** The public log of what the operators decide, and checking with one's own eyes what it says. */
import { bytes, goesOn, isIn, leafOf, sha256, utf8 } from "../merkle";
import { api, type Lister, pageOf, statusOf } from "./client";
import { Feed } from "./feed.svelte";
import { when } from "./read";

export const LOG_KINDS = ["all", "decision", "appeal", "week"] as const;
export type LogKind = (typeof LOG_KINDS)[number];

export interface Counted {
  count: number;
  action?: Record<string, number>;
  result?: Record<string, number>;
}

export interface LogEntry {
  key: string;
  kind: "start" | "decision" | "appeal" | "week" | "rules";
  /** The entry that an answer is about, and the answer to an appeal against this one. */
  about?: string;
  answeredBy?: string;
  /** The Monday of the week that it is counted with. */
  week?: number;
  decisions?: Counted;
  appeals?: Counted;
  rules?: string[];
}

interface Wire {
  id: string;
  kind: LogEntry["kind"];
  about: string | null;
  answeredBy: string | null;
  week: string | null;
  entry: { decisions?: Counted; appeals?: Counted; rules?: string[] };
}

interface Head {
  origin: string;
  size: number;
  root: string;
  consistency: string[];
}

interface Routes {
  list: Lister;
  checkpoint: { fetch(params: { since: number }): PromiseLike<Head> };
}

const SEEN = "teahouse-log";
const routes = (): Routes => (api().v1 as unknown as { publicLog: Routes }).publicLog;

const read = (wire: Wire): LogEntry[] => [
  {
    key: wire.id,
    kind: wire.kind,
    about: wire.about ?? undefined,
    answeredBy: wire.answeredBy ?? undefined,
    week: wire.week ? when(wire.week) : undefined,
    decisions: wire.entry.decisions,
    appeals: wire.entry.appeals,
    rules: wire.entry.rules,
  },
];

/** The newest entries first, of one kind or of all. */
export function logFeed(kind: LogKind): Feed<LogEntry> {
  const wanted = kind === "all" ? {} : { kind };
  return new Feed<LogEntry>((params) => pageOf(routes().list, { limit: 40, ...wanted, ...params }, read));
}

export type Checked = { size: number; verdict: "first" | "same" | "changed" | "unknown" };

/** Compare the log with what this browser saw of it before, and remember what it is now, unless it contradicts that. */
export async function checkLog(): Promise<Checked> {
  const seen = JSON.parse(localStorage.getItem(SEEN) ?? "null") as Head | null;
  let head: Head;
  try {
    head = await routes().checkpoint.fetch({ since: seen?.size ?? 0 });
  } catch (error) {
    // It is shorter than it was.
    if (seen && statusOf(error) === 404) return { size: seen.size, verdict: "changed" };
    throw error;
  }
  if (!crypto.subtle) return { size: head.size, verdict: "unknown" };
  if (seen && (seen.origin !== head.origin || !(await goesOn(seen, head, head.consistency)))) {
    return { size: head.size, verdict: "changed" };
  }
  localStorage.setItem(SEEN, JSON.stringify({ origin: head.origin, size: head.size, root: head.root }));
  return { size: head.size, verdict: seen ? "same" : "first" };
}

/** Tell whether a proof holds and is of a record that says this; undefined where this browser can't compute it. */
export async function proves(proof: string, said: Record<string, string>): Promise<boolean | undefined> {
  if (!crypto.subtle) return undefined;
  try {
    const [head = "", checkpoint = ""] = proof.split("\n\n");
    const [, extra = "", index = "", ...path] = head.split("\n");
    const { entry, salt, record } = JSON.parse(
      new TextDecoder().decode(bytes(extra.slice("extra ".length))),
    ) as Record<string, string>;
    const [, size = "", root = ""] = checkpoint.split("\n");
    const hash = [...(await sha256(bytes(salt ?? ""), utf8(record ?? "")))]
      .map((one) => one.toString(16).padStart(2, "0"))
      .join("");
    const told = JSON.parse(record ?? "") as Record<string, string>;
    return (
      (JSON.parse(entry ?? "") as { commitment: string }).commitment === hash &&
      Object.entries(said).every(([name, value]) => told[name] === value) &&
      (await isIn(await leafOf(entry ?? ""), Number(index.slice("index ".length)), Number(size), path, root))
    );
  } catch {
    return false;
  }
}
