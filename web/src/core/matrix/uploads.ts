/** Puts a message's file on the server and its address into the content; encrypted first where the chat is. */
import { encryptFile } from "../encryptFile";
import { matrix } from "./client";

type Content = Record<string, unknown>;

export async function upload(
  roomId: string,
  content: Content,
  file: Blob,
  poster: Blob | undefined,
  progress: (part: number) => void,
  abortController: AbortController,
): Promise<Content> {
  const encrypted = matrix().getRoom(roomId)?.hasEncryptionStateEvent() ?? false;
  const info = { ...(content.info as Content | undefined) };
  if (poster) {
    const sent = await put(poster, encrypted, abortController);
    if (sent.file) info.thumbnail_file = sent.file;
    else info.thumbnail_url = sent.url;
  }
  const sent = await put(file, encrypted, abortController, progress);
  return { ...content, info, ...sent };
}

async function put(
  blob: Blob,
  encrypted: boolean,
  abortController: AbortController,
  progress?: (part: number) => void,
): Promise<{ url?: string; file?: unknown }> {
  const client = matrix();
  const progressHandler = ({ loaded, total }: { loaded: number; total: number }): void =>
    progress?.(total ? loaded / total : 0);
  if (!encrypted) {
    const { content_uri } = await client.uploadContent(blob, {
      includeFilename: false,
      type: blob.type,
      progressHandler,
      abortController,
    });
    return { url: content_uri };
  }
  const { data, file } = await encryptFile(blob);
  const type = "application/octet-stream";
  const { content_uri } = await client.uploadContent(data, {
    includeFilename: false,
    type,
    progressHandler,
    abortController,
  });
  return { file: { ...file, url: content_uri } };
}

let known: Promise<number | undefined> | undefined;

/** How many bytes the server takes at once; undefined when it does not say. */
export function uploadLimit(): Promise<number | undefined> {
  known ??= matrix()
    .getMediaConfig(true)
    .then((config) => config["m.upload.size"])
    .catch(() => undefined);
  return known;
}
