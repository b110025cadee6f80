/** Cuts a square out of a picture, for avatars. */
export interface Cut {
  /** The square's middle and side, in parts of the picture's shorter side. */
  x: number;
  y: number;
  side: number;
}

const SIDE = 512;

/** Draw the square at most 512 pixels wide; where and when it was taken does not go along. */
export async function crop(picture: ImageBitmap, cut: Cut): Promise<Blob> {
  const unit = Math.min(picture.width, picture.height);
  const side = cut.side * unit;
  const out = Math.min(SIDE, Math.round(side));
  const canvas = new OffscreenCanvas(out, out);
  const context = canvas.getContext("2d");
  if (!context) throw new Error("no canvas");
  context.imageSmoothingQuality = "high";
  // Transparent corners become white, not black.
  context.fillStyle = "#fff";
  context.fillRect(0, 0, out, out);
  context.drawImage(picture, cut.x * unit - side / 2, cut.y * unit - side / 2, side, side, 0, 0, out, out);
  return canvas.convertToBlob({ type: "image/jpeg", quality: 0.88 });
}

/** Keep the square inside the picture. */
export function within(picture: { width: number; height: number }, cut: Cut): Cut {
  const unit = Math.min(picture.width, picture.height);
  const wide = picture.width / unit;
  const high = picture.height / unit;
  const side = Math.min(1, Math.max(0.15, cut.side));
  const clamp = (value: number, most: number): number => Math.min(most - side / 2, Math.max(side / 2, value));
  return { x: clamp(cut.x, wide), y: clamp(cut.y, high), side };
}
