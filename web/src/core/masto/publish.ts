/** Puts a draft on the server: its files, then the post. */
import type { mastodon } from "masto";
import { api } from "./client";
import type { Draft, DraftFile } from "./drafts";
import type { Post } from "./model";
import { post } from "./read";

const READY_AT_ONCE = { skipPolling: true };

/** Upload a file; pictures are ready at once, films when the server has looked through them. */
export async function upload(file: DraftFile): Promise<string> {
  if (file.id) return file.id;
  if (!file.blob) throw new Error("a file without content");
  const waits = file.kind === "image" ? READY_AT_ONCE : {};
  const made = await api().v2.media.create({
    file: file.blob,
    ...(file.description && { description: file.description }),
    ...waits,
  });
  return made.id;
}

function params(draft: Draft, ids: string[]): mastodon.rest.v1.CreateStatusParams {
  const { poll } = draft;
  const wanted = {
    status: draft.text,
    mediaIds: ids,
    inReplyToId: draft.replyTo,
    quotedStatusId: draft.quote,
    spoilerText: draft.warned ? draft.spoiler : "",
    sensitive: draft.warned,
    visibility: draft.visibility,
    language: draft.language,
    quoteApprovalPolicy: draft.quoters,
    replyPolicy: draft.repliers,
    poll: poll && {
      options: poll.options.map((one) => one.trim()).filter(Boolean),
      expiresIn: poll.hours * 3600,
      multiple: poll.multiple,
      hideTotals: poll.hideTotals,
    },
  };
  return wanted as unknown as mastodon.rest.v1.CreateStatusParams;
}

/** Post, or let the server do it later, which gives nothing. The same key posts once, however often it is tried. */
export async function publish(draft: Draft, ids: string[], key: string): Promise<Post | undefined> {
  const scheduledAt = draft.at ? new Date(draft.at).toISOString() : undefined;
  const wanted = { ...params(draft, ids), scheduledAt } as unknown as mastodon.rest.v1.CreateStatusParams;
  const made = await api().v1.statuses.create(wanted, {
    requestInit: { headers: { "Idempotency-Key": key } },
  });
  return draft.at ? undefined : post(made);
}

/** Change a post that is there. */
export async function republish(id: string, draft: Draft): Promise<Post> {
  const ids: string[] = [];
  for (const file of draft.files) ids.push(await upload(file));
  const mediaAttributes = draft.files.flatMap((file, index) =>
    file.blob ? [] : [{ id: ids[index], description: file.description }],
  );
  const { status, mediaIds, spoilerText, sensitive, language } = params(draft, ids);
  const changed = { status, mediaIds, spoilerText, sensitive, language, mediaAttributes };
  const made = await api()
    .v1.statuses.$select(id)
    .update(changed as unknown as mastodon.rest.v1.UpdateStatusParams);
  return post(made);
}
