/** What the operators tell everybody, until one puts it away. */
import type { mastodon } from "masto";
import { api } from "./client";
import type { Announcement } from "./model";
import { emojis, own } from "./read";

const read = (wire: mastodon.v1.Announcement): Announcement => ({
  id: wire.id,
  html: wire.content,
  at: Date.parse(wire.publishedAt),
  seen: (wire as { read?: boolean }).read ?? false,
  emojis: emojis(wire.emojis),
  reactions: wire.reactions.map(({ name, count, me, url }) => ({ name, count, mine: me, image: own(url) })),
});

class Announcements {
  all = $state.raw<readonly Announcement[]>([]);

  get unseen(): readonly Announcement[] {
    return this.all.filter((one) => !one.seen);
  }

  async load(): Promise<void> {
    this.all = (await api().v1.announcements.list()).map(read);
  }

  async dismiss(id: string): Promise<void> {
    await api().v1.announcements.$select(id).dismiss();
    this.all = this.all.map((one) => (one.id === id ? { ...one, seen: true } : one));
  }

  /** Answer with an emoji, or take that back. */
  async react(id: string, name: string): Promise<void> {
    const mine = this.all.find((one) => one.id === id)?.reactions.find((one) => one.name === name)?.mine;
    const reaction = api().v1.announcements.$select(id).reactions.$select(encodeURIComponent(name));
    await (mine ? reaction.remove() : reaction.update());
    await this.load();
  }
}

export const announcements = new Announcements();
