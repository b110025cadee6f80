/** Reads QR codes from pictures: with the browser's own reader where there is one, else with ours, loaded then. */
import { CODE_SIDE } from "../limits";

interface Detector {
  detect(image: ImageBitmap | HTMLVideoElement): Promise<{ rawValue: string }[]>;
}
interface DetectorClass {
  new (options: { formats: string[] }): Detector;
  getSupportedFormats(): Promise<string[]>;
}

/** Give what the code in a picture says, undefined when none is seen. */
export type Reader = (image: ImageBitmap | HTMLVideoElement) => Promise<string | undefined>;

export async function reader(): Promise<Reader> {
  const Native = (globalThis as { BarcodeDetector?: DetectorClass }).BarcodeDetector;
  const formats: string[] = (await Native?.getSupportedFormats().catch(() => [])) ?? [];
  if (Native && formats.includes("qr_code")) {
    const detector = new Native({ formats: ["qr_code"] });
    return async (image) => (await detector.detect(image))[0]?.rawValue;
  }
  const { decodeQR } = await import("qr/decode.js");
  return async (image) => {
    try {
      return decodeQR(pixels(image));
    } catch {
      return undefined;
    }
  };
}

/** Read the code in a picture file; undefined when there is none or it is no picture. */
export async function readFile(file: Blob): Promise<string | undefined> {
  const image = await createImageBitmap(file).catch(() => undefined);
  if (!image) return undefined;
  try {
    return await (await reader())(image);
  } finally {
    image.close();
  }
}

function pixels(image: ImageBitmap | HTMLVideoElement): ImageData {
  const [wide, high] =
    image instanceof HTMLVideoElement ? [image.videoWidth, image.videoHeight] : [image.width, image.height];
  const scale = Math.min(1, CODE_SIDE / Math.max(wide, high, 1));
  const width = Math.max(1, Math.round(wide * scale));
  const height = Math.max(1, Math.round(high * scale));
  const context = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
  if (!context) throw new Error("the browser gives no canvas");
  context.drawImage(image, 0, 0, width, height);
  return context.getImageData(0, 0, width, height);
}
