/** What the operators decided about my account, and my word against it. Routes of Teahouse's own: masto has no types for them. */
import { api } from "./client";
import { proves } from "./publicLog";
import { when } from "./read";

export interface Decision {
  id: string;
  at: number;
  /** As the server names it; "none" is a warning, "restore" takes restraints back. */
  action: string;
  reason: string;
  /** The words of posts that were taken down. */
  gone: string[];
  appeal?: { text: string; state: "pending" | "approved" | "rejected"; answer?: string };
  /** The numbers of its entries in the public log. */
  log?: { id: string; answer?: string };
}

interface Wire {
  id: string;
  createdAt: string;
  action: string;
  lifts?: boolean;
  text: string;
  takenDown: { text: string; spoilerText: string }[];
  appeal?: { text: string; state: "pending" | "approved" | "rejected"; answer?: string | null } | null;
  log?: { id: string; answerId: string | null; proof: string | null; answerProof: string | null } | null;
}

interface One {
  fetch(): PromiseLike<Wire>;
}

interface Routes {
  list(): PromiseLike<Wire[]>;
  $select(id: string): One & { appeal: { create(said: { text: string }): PromiseLike<Wire> } };
}

const routes = (): Routes => (api().v1 as unknown as { accountWarnings: Routes }).accountWarnings;

const read = (wire: Wire): Decision => ({
  id: wire.id,
  at: when(wire.createdAt),
  action: wire.lifts ? "restore" : wire.action,
  reason: wire.text,
  gone: wire.takenDown.map((one) => [one.spoilerText, one.text].filter(Boolean).join("\n")),
  appeal: wire.appeal ? { ...wire.appeal, answer: wire.appeal.answer ?? undefined } : undefined,
  log: wire.log ? { id: wire.log.id, answer: wire.log.answerId ?? undefined } : undefined,
});

/** The newest first. */
export async function decisions(): Promise<Decision[]> {
  return (await routes().list()).map(read);
}

/** Say why a decision is wrong; once each. */
export async function appeal(id: string, text: string): Promise<Decision> {
  return read(await routes().$select(id).appeal.create({ text }));
}

/** The file that proves a decision, and whether it holds and says what we were told; undefined where it can't be computed. */
export async function proved(one: Decision): Promise<{ file: string; holds?: boolean }> {
  const { log } = await routes().$select(one.id).fetch();
  const holds = await proves(log?.proof ?? "", { decision: one.id, reason: one.reason });
  const answer = one.appeal?.answer;
  if (!holds || !log?.answerProof || answer === undefined) return { file: log?.proof ?? "", holds };
  return { file: log.proof ?? "", holds: await proves(log.answerProof, { decision: one.id, answer }) };
}
