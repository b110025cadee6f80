/** Posts of mine that wait for their time. */
import type { mastodon } from "masto";
import { api, type Lister, pageOf } from "./client";
import { Feed } from "./feed.svelte";
import type { Scheduled } from "./model";
import { attachment } from "./read";

function read(wire: mastodon.v1.ScheduledStatus): Scheduled[] {
  const { text, spoilerText, visibility } = wire.params;
  return [
    {
      key: wire.id,
      at: Date.parse(wire.scheduledAt),
      text: text ?? "",
      spoiler: spoilerText ?? "",
      visibility: visibility ?? "public",
      media: wire.mediaAttachments.flatMap(attachment),
    },
  ];
}

/** Give those that wait, the next one first. */
export function scheduledFeed(): Feed<Scheduled> {
  const lister = (): Lister => api().v1.scheduledStatuses.list as unknown as Lister;
  return new Feed<Scheduled>((params) => pageOf(lister(), { limit: 40, ...params }, read));
}

/** Let a post wait for another time; gives it as it waits now. */
export async function reschedule(id: string, at: number): Promise<Scheduled | undefined> {
  const scheduledAt = new Date(at).toISOString();
  return read(await api().v1.scheduledStatuses.$select(id).update({ scheduledAt }))[0];
}

export async function cancelScheduled(id: string): Promise<void> {
  await api().v1.scheduledStatuses.$select(id).remove();
}
