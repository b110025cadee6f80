/** Publishing an article, changing it and removing it; and its draft until then. */
import { EventType, Method } from "matrix-js-sdk";
import { shrink } from "../image/shrink";
import { keep, kept, unkeep } from "../store/idb";
import { bytesOf, CONTENT_BYTES, type Cover, contentOf, type Written } from "./articleContent";
import { matrix } from "./client";

type Content = Record<string, unknown>;

/** An unfinished article. Its transaction id stays with it, so an answer that was lost never doubles it. */
export interface ArticleDraft {
  title: string;
  author: string;
  summary: string;
  cover?: Cover;
  source: string;
  txn: string;
}

export const newDraft = (author = ""): ArticleDraft => ({
  title: "",
  author,
  summary: "",
  source: "",
  txn: `tea.${crypto.randomUUID()}`,
});

const shelf = (roomId: string, event?: string): string => `draft.article.${roomId}.${event ?? ""}`;

export const loadDraft = (roomId: string, event?: string): Promise<ArticleDraft | undefined> =>
  kept<ArticleDraft>(shelf(roomId, event));

export async function saveDraft(
  roomId: string,
  event: string | undefined,
  draft?: ArticleDraft,
): Promise<void> {
  if (draft) await keep(shelf(roomId, event), draft);
  else await unkeep(shelf(roomId, event));
}

/** How full an article is: 1 is the most that one message holds. */
export function fullness(written: Written): number {
  return bytesOf(contentOf(written)) / CONTENT_BYTES;
}

/** Put a picture on the server, made small enough to read on a phone; undefined for what is none. */
export async function uploadPicture(file: Blob): Promise<Cover | undefined> {
  const picture = await shrink(file);
  if (!picture) return undefined;
  const { content_uri } = await matrix().uploadContent(picture.blob, {
    includeFilename: false,
    type: picture.blob.type,
  });
  return { mxc: content_uri, width: picture.width, height: picture.height };
}

/** Publish; gives the id of the article, which a change does not alter. */
export async function publish(
  roomId: string,
  written: Written,
  txn: string,
  change?: string,
): Promise<string> {
  const content = contentOf(written);
  const sent: Content = change
    ? {
        msgtype: "m.text",
        body: `* ${written.title}`,
        "m.new_content": content,
        "m.relates_to": { rel_type: "m.replace", event_id: change },
      }
    : content;
  const path = `/rooms/${encodeURIComponent(roomId)}/send/${EventType.RoomMessage}/${encodeURIComponent(txn)}`;
  const { event_id } = await matrix().http.authedRequest<{ event_id: string }>(
    Method.Put,
    path,
    undefined,
    sent,
  );
  return change ?? event_id;
}

export async function removeArticle(roomId: string, event: string, reason: string): Promise<void> {
  await matrix().redactEvent(roomId, event, undefined, reason ? { reason } : undefined);
}
