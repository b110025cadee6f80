/** My own page: what it says, and changing that. */
import type { mastodon } from "masto";
import { api } from "./client";
import type { Account } from "./model";
import { account } from "./read";

export interface OwnProfile {
  name: string;
  note: string;
  locked: boolean;
  fields: { name: string; value: string }[];
  avatar?: Blob;
  header?: Blob;
}

export async function ownProfile(): Promise<OwnProfile> {
  const me = await api().v1.accounts.verifyCredentials();
  const { note, fields } = me.source;
  return {
    name: me.displayName,
    note: note ?? "",
    locked: me.locked,
    fields: (fields ?? []).map(({ name, value }) => ({ name, value })),
  };
}

export async function saveProfile(own: OwnProfile): Promise<Account> {
  const changed = {
    displayName: own.name,
    note: own.note,
    locked: own.locked,
    fieldsAttributes: own.fields,
    ...(own.avatar && { avatar: own.avatar }),
    ...(own.header && { header: own.header }),
  };
  const made = await api().v1.accounts.updateCredentials(
    changed as unknown as mastodon.rest.v1.UpdateCredentialsParams,
  );
  return account(made);
}
