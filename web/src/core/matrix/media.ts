/** Addresses of media, and what an event says about its file. */
import type { EncryptedFile, Media } from "../model";
import { unturned } from "../plain";

const MXC = /^mxc:\/\/([^/]+)\/([^/?#]+)$/;

/** The address of the file behind an mxc:// URI; undefined for anything else, so no foreign address is ever loaded. */
export function download(mxc: unknown): string | undefined {
  const found = typeof mxc === "string" ? MXC.exec(mxc) : null;
  return found ? `/_matrix/client/v1/media/download/${found[1]}/${found[2]}` : undefined;
}

export function thumbnail(mxc: unknown, side: number, method: "crop" | "scale" = "crop"): string | undefined {
  const found = typeof mxc === "string" ? MXC.exec(mxc) : null;
  const size = `width=${side}&height=${side}&method=${method}`;
  return found ? `/_matrix/client/v1/media/thumbnail/${found[1]}/${found[2]}?${size}` : undefined;
}

/** A picture in the size of a page, for what is shown among words. */
export const thumbnailOf = (media?: Media): string | undefined => media?.thumbnail ?? media?.url;

type Content = Record<string, unknown>;
const record = (value: unknown): Content => (value && typeof value === "object" ? (value as Content) : {});
const number = (value: unknown): number | undefined =>
  typeof value === "number" && Number.isFinite(value) && value >= 0 ? value : undefined;

function encryptedFile(value: unknown): EncryptedFile | undefined {
  const file = record(value);
  return typeof file.url === "string" && file.key && typeof file.iv === "string"
    ? (file as unknown as EncryptedFile)
    : undefined;
}

/** Read the file's description from the content of a message; undefined when it names no file of this server. */
export function mediaOf(content: Content): Media | undefined {
  const info = record(content.info);
  const encrypted = encryptedFile(content.file);
  const encryptedThumbnail = encryptedFile(info.thumbnail_file);
  const url = download(encrypted?.url ?? content.url);
  if (!url) return undefined;
  const audio = record(content["org.matrix.msc1767.audio"]);
  const waveform = Array.isArray(audio.waveform)
    ? audio.waveform.map((value) => Math.max(0, Math.min(1024, number(value) ?? 0)))
    : undefined;
  const small = encrypted ? download(encryptedThumbnail?.url) : download(info.thumbnail_url);
  return {
    url,
    thumbnail: small ?? (encrypted ? undefined : thumbnail(content.url, 800, "scale")),
    name: unturned(String(content.filename ?? content.body ?? "")),
    mimetype: String(info.mimetype ?? "application/octet-stream"),
    bytes: number(info.size) ?? 0,
    width: number(info.w),
    height: number(info.h),
    durationMs: number(audio.duration) ?? number(info.duration),
    waveform,
    encrypted,
    encryptedThumbnail,
  };
}
