/** Counts a poll. The last answer of each person counts, when it came before the end and names what can be chosen. */
import type { Poll } from "../model";

export interface Response {
  sender: string;
  at: number;
  chosen: unknown[];
}

export interface Count {
  /** Who chose each answer. */
  by: Map<string, string[]>;
  voters: number;
  /** The most votes that an answer has. */
  most: number;
}

export function counted(poll: Poll, responses: Response[], endedAt = Number.POSITIVE_INFINITY): Count {
  const last = new Map<string, Response>();
  for (const one of responses) {
    if (one.at > endedAt) continue;
    const before = last.get(one.sender);
    if (!before || one.at >= before.at) last.set(one.sender, one);
  }
  const by = new Map<string, string[]>(poll.answers.map(({ id }) => [id, []]));
  let voters = 0;
  for (const { sender, chosen } of last.values()) {
    const wanted = new Set(chosen.slice(0, poll.most));
    // Whoever takes everything back, or asks for what there is not, has no vote.
    if (wanted.size === 0 || ![...wanted].every((id) => by.has(id as string))) continue;
    voters += 1;
    for (const id of wanted) by.get(id as string)?.push(sender);
  }
  return { by, voters, most: Math.max(0, ...[...by.values()].map((list) => list.length)) };
}
