/** Makes messages of photos, films, files, voice and stickers, and gives them to the outbox. */
import { EventType, MsgType } from "matrix-js-sdk";
import { measure, poster, preview, shrink } from "../image/shrink";
import type { Recording } from "../voice/recorder.svelte";
import { outbox } from "./outbox.svelte";

type Content = Record<string, unknown>;

/** What is said of a file: whether a photo stays untouched, the words below, and what it was sent together with. */
export interface Sending {
  original: boolean;
  words?: string;
  album?: string;
}

/** Whether a file is a picture that browsers can show. */
export const isPhoto = (file: File): boolean => /^image\/(jpeg|png|webp|gif|bmp|avif)$/.test(file.type);

/** Whether a file gets smaller before it is sent; what moves keeps its size. */
export const isShrunk = (file: File): boolean => isPhoto(file) && file.type !== "image/gif";

/** Send a chosen file as what it is. */
export async function sendFile(roomId: string, file: File, sending: Sending): Promise<void> {
  if (isPhoto(file) && (await sendPhoto(roomId, file, sending))) return;
  if (file.type.startsWith("video/") && (await sendFilm(roomId, file, sending))) return;
  const msgtype = file.type.startsWith("audio/") ? MsgType.Audio : MsgType.File;
  const info = { size: file.size, mimetype: file.type || "application/octet-stream" };
  await send(roomId, { msgtype, body: sending.words || file.name, filename: file.name, info }, file);
}

const marked = (album?: string): Content => (album ? { "teahouse.album": album } : {});

async function sendPhoto(roomId: string, file: File, { original, words, album }: Sending): Promise<boolean> {
  const picture = original ? await measure(file) : await shrink(file);
  if (!picture) return false;
  const { blob, width, height } = picture;
  const small = blob.size > 150_000 || original ? await preview(blob) : undefined;
  const ending = { "image/jpeg": ".jpg", "image/webp": ".webp" }[blob.type];
  const name = ending && !original ? file.name.replace(/\.[^.]*$/, "") + ending : file.name;
  const info: Content = { w: width, h: height, size: blob.size, mimetype: blob.type };
  if (small)
    info.thumbnail_info = {
      w: small.width,
      h: small.height,
      size: small.blob.size,
      mimetype: small.blob.type,
    };
  await send(
    roomId,
    { msgtype: MsgType.Image, body: words || name, filename: name, info, ...marked(album) },
    blob,
    small?.blob,
  );
  return true;
}

async function sendFilm(roomId: string, file: File, { words, album }: Sending): Promise<boolean> {
  const frame = await poster(file);
  if (!frame) return false;
  const info: Content = {
    w: frame.filmWidth,
    h: frame.filmHeight,
    duration: frame.durationMs,
    size: file.size,
    mimetype: file.type,
    thumbnail_info: { w: frame.width, h: frame.height, size: frame.blob.size, mimetype: frame.blob.type },
  };
  await send(
    roomId,
    { msgtype: MsgType.Video, body: words || file.name, filename: file.name, info, ...marked(album) },
    file,
    frame.blob,
  );
  return true;
}

/** Send a recording so that other apps show it as a voice message. */
export async function sendVoice(roomId: string, { blob, durationMs, waveform }: Recording): Promise<void> {
  const ending = blob.type === "audio/ogg" ? "ogg" : "m4a";
  const name = `voice-message.${ending}`;
  const content = {
    msgtype: MsgType.Audio,
    body: name,
    filename: name,
    info: { duration: durationMs, size: blob.size, mimetype: blob.type },
    "org.matrix.msc1767.audio": { duration: durationMs, waveform },
    "org.matrix.msc3245.voice": {},
  };
  await send(roomId, content, blob);
}

/** Send one of our stickers; it is drawn as a picture, which every app can show. */
export async function sendSticker(roomId: string, name: string, url: string): Promise<void> {
  const image = new Image();
  image.src = url;
  await image.decode();
  const side = 320;
  const canvas = new OffscreenCanvas(side, side);
  canvas.getContext("2d")?.drawImage(image, 0, 0, side, side);
  const blob = await canvas.convertToBlob({ type: "image/png" });
  const info = { w: side / 2, h: side / 2, size: blob.size, mimetype: blob.type };
  await outbox.send(roomId, EventType.Sticker, { body: name, info }, { file: blob });
}

function send(roomId: string, content: Content, file: Blob, poster?: Blob): Promise<string> {
  return outbox.send(roomId, EventType.RoomMessage, { ...content, "m.mentions": {} }, { file, poster });
}
