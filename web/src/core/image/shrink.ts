/** Makes photos small enough to send quickly, without where and when they were taken; and pictures for previews. */
import { PHOTO_BYTES, PHOTO_SIDE } from "../limits";

export interface Picture {
  blob: Blob;
  width: number;
  height: number;
}

const QUALITIES = [0.82, 0.7, 0.55, 0.4];

/** Shrink a photo to at most 1600 pixels and 400 kB. Gives undefined for what the browser can't decode. */
export async function shrink(file: Blob): Promise<Picture | undefined> {
  const bitmap = await createImageBitmap(file).catch(() => undefined);
  if (!bitmap) return undefined;
  // What moves must keep moving, and a small picture gains nothing.
  if (file.type === "image/gif") return { blob: file, width: bitmap.width, height: bitmap.height };
  const clear = file.type === "image/png" || file.type === "image/webp" ? hasClearPixels(bitmap) : false;
  let side = PHOTO_SIDE;
  for (;;) {
    const drawn = draw(bitmap, side);
    for (const quality of QUALITIES) {
      const blob = await drawn.convertToBlob({ type: clear ? "image/webp" : "image/jpeg", quality });
      if (blob.size <= PHOTO_BYTES || side <= 400) return { blob, width: drawn.width, height: drawn.height };
    }
    side = Math.round(side * 0.75);
  }
}

/** The size of a picture that is sent as it is; undefined when it can't be decoded. */
export async function measure(file: Blob): Promise<Picture | undefined> {
  const bitmap = await createImageBitmap(file).catch(() => undefined);
  return bitmap && { blob: file, width: bitmap.width, height: bitmap.height };
}

/** A small version for those who have not loaded the large one. */
export async function preview(file: Blob, side = 480): Promise<Picture | undefined> {
  const bitmap = await createImageBitmap(file).catch(() => undefined);
  if (!bitmap) return undefined;
  const drawn = draw(bitmap, side);
  return {
    blob: await drawn.convertToBlob({ type: "image/jpeg", quality: 0.7 }),
    width: drawn.width,
    height: drawn.height,
  };
}

export interface Poster extends Picture {
  durationMs: number;
  filmWidth: number;
  filmHeight: number;
}

/** A frame from the beginning of a film, with the film's size and length. */
export async function poster(file: Blob): Promise<Poster | undefined> {
  const video = document.createElement("video");
  const url = URL.createObjectURL(file);
  try {
    video.muted = true;
    video.playsInline = true;
    video.preload = "auto";
    video.src = url;
    await happens(video, "loadeddata");
    if (Number.isFinite(video.duration) && video.duration > 0.2) {
      video.currentTime = Math.min(0.5, video.duration / 4);
      await happens(video, "seeked");
    }
    const drawn = draw(video, 640, video.videoWidth, video.videoHeight);
    const blob = await drawn.convertToBlob({ type: "image/jpeg", quality: 0.75 });
    const durationMs = Number.isFinite(video.duration) ? Math.round(video.duration * 1000) : 0;
    return {
      blob,
      width: drawn.width,
      height: drawn.height,
      durationMs,
      filmWidth: video.videoWidth,
      filmHeight: video.videoHeight,
    };
  } catch {
    return undefined;
  } finally {
    URL.revokeObjectURL(url);
  }
}

function happens(video: HTMLVideoElement, name: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error("too slow")), 8000);
    const end = (run: () => void) => () => {
      clearTimeout(timer);
      run();
    };
    video.addEventListener(name, end(resolve), { once: true });
    video.addEventListener(
      "error",
      end(() => reject(new Error("not a film"))),
      { once: true },
    );
  });
}

function draw(
  source: CanvasImageSource,
  side: number,
  width = (source as ImageBitmap).width,
  height = (source as ImageBitmap).height,
): OffscreenCanvas {
  const scale = Math.min(1, side / Math.max(width, height));
  const canvas = new OffscreenCanvas(
    Math.max(1, Math.round(width * scale)),
    Math.max(1, Math.round(height * scale)),
  );
  const context = canvas.getContext("2d");
  if (!context) throw new Error("no canvas");
  context.imageSmoothingQuality = "high";
  context.drawImage(source, 0, 0, canvas.width, canvas.height);
  return canvas;
}

function hasClearPixels(bitmap: ImageBitmap): boolean {
  const small = draw(bitmap, 64);
  const data =
    small.getContext("2d")?.getImageData(0, 0, small.width, small.height).data ?? new Uint8ClampedArray();
  for (let at = 3; at < data.length; at += 4) if ((data[at] ?? 255) < 250) return true;
  return false;
}
