/** Lists of people, whose posts one reads apart. */
import type { mastodon } from "masto";
import { api } from "./client";
import type { Account, List } from "./model";
import { account } from "./read";

const read = (wire: mastodon.v1.List): List => ({
  id: wire.id,
  title: wire.title,
  exclusive: wire.exclusive ?? false,
});

class Lists {
  all = $state.raw<readonly List[] | undefined>();

  async load(): Promise<void> {
    this.all = (await api().v1.lists.list()).map(read);
  }

  async make(title: string): Promise<List> {
    const made = read(await api().v1.lists.create({ title }));
    this.all = [...(this.all ?? []), made];
    return made;
  }

  async change(list: List, change: Partial<List>): Promise<void> {
    const { title, exclusive } = { ...list, ...change };
    const made = read(await api().v1.lists.$select(list.id).update({ title, exclusive }));
    this.all = this.all?.map((one) => (one.id === made.id ? made : one));
  }

  async remove(id: string): Promise<void> {
    await api().v1.lists.$select(id).remove();
    this.all = this.all?.filter((one) => one.id !== id);
  }
}

export const lists = new Lists();

export async function listsWith(person: string): Promise<string[]> {
  return (await api().v1.accounts.$select(person).lists.list()).map((one) => one.id);
}

export async function setMember(list: string, person: string, inside: boolean): Promise<void> {
  const { accounts } = api().v1.lists.$select(list);
  if (inside) await accounts.create({ accountIds: [person] });
  else await accounts.remove({ accountIds: [person] });
}

export async function membersOf(list: string): Promise<Account[]> {
  return (await api().v1.lists.$select(list).accounts.list({ limit: 80 })).map(account);
}
