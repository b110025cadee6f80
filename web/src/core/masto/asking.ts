/** Who may notify me: the rules for strangers, and those who wait because of them. */
import type { mastodon } from "masto";
import { api, type Lister, pageOf } from "./client";
import { Feed } from "./feed.svelte";
import type { Asking } from "./model";
import { account, post } from "./read";

export const STRANGERS = [
  "forNotFollowing",
  "forNotFollowers",
  "forNewAccounts",
  "forPrivateMentions",
  "forLimitedAccounts",
] as const;
export const VERDICTS = ["accept", "filter", "drop"] as const;
export type Stranger = (typeof STRANGERS)[number];
export type Verdict = (typeof VERDICTS)[number];

export interface Policy {
  rules: Record<Stranger, Verdict>;
  waiting: number;
}

const read = (wire: mastodon.v2.NotificationPolicy): Policy => ({
  rules: Object.fromEntries(STRANGERS.map((one) => [one, wire[one]])) as Record<Stranger, Verdict>,
  waiting: wire.summary.pendingRequestsCount,
});

export async function policy(): Promise<Policy> {
  return read(await api().v2.notifications.policy.fetch());
}

export async function setPolicy(stranger: Stranger, verdict: Verdict): Promise<Policy> {
  return read(await api().v2.notifications.policy.update({ [stranger]: verdict }));
}

export function askingFeed(): Feed<Asking> {
  const lister = (): Lister => api().v1.notifications.requests.list as unknown as Lister;
  const taken = (wire: mastodon.v1.NotificationRequest): Asking[] => [
    {
      key: wire.id,
      account: account(wire.account),
      count: Number(wire.notificationsCount),
      last: wire.lastStatus ? post(wire.lastStatus).id : undefined,
    },
  ];
  return new Feed<Asking>((params) => pageOf(lister(), { limit: 40, ...params }, taken));
}

/** Let somebody's notifications in from now on, or put them away. */
export async function answerAsking(id: string, accept: boolean): Promise<void> {
  const one = api().v1.notifications.requests.$select(id);
  await (accept ? one.accept() : one.dismiss());
}
