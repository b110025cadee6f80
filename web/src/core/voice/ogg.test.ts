import { expect, test } from "vitest";
import { checksum, oggFromWebm, samplesIn } from "./ogg";

const element = (id: number[], content: number[]): number[] => [
  ...id,
  0x10 | (content.length >> 24),
  (content.length >> 16) & 255,
  (content.length >> 8) & 255,
  content.length & 255,
  ...content,
];
const head = [...new TextEncoder().encode("OpusHead"), 1, 1, 0x38, 1, 0x80, 0xbb, 0, 0, 0, 0, 0];
const packet = [0x78, ...Array<number>(300).fill(7)]; // One frame of 20 ms.

function webm(packets: number): Uint8Array<ArrayBuffer> {
  const blocks = Array.from({ length: packets }, () => element([0xa3], [0x81, 0, 0, 0x80, ...packet])).flat();
  const tracks = element([0x16, 0x54, 0xae, 0x6b], element([0xae], element([0x63, 0xa2], head)));
  const cluster = element([0x1f, 0x43, 0xb6, 0x75], blocks);
  return Uint8Array.from([
    ...element([0x1a, 0x45, 0xdf, 0xa3], []),
    0x18,
    0x53,
    0x80,
    0x67,
    0x01,
    ...Array<number>(7).fill(0xff),
    ...tracks,
    ...cluster,
  ]);
}

async function pagesOf(blob: Blob): Promise<Uint8Array[]> {
  const bytes = new Uint8Array(await blob.arrayBuffer());
  const pages: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; ) {
    const segments = bytes[at + 26] ?? 0;
    const body = bytes.subarray(at + 27, at + 27 + segments).reduce((sum, length) => sum + length, 0);
    pages.push(bytes.slice(at, at + 27 + segments + body));
    at += 27 + segments + body;
  }
  return pages;
}

test("every packet arrives, in pages whose checksums hold", async () => {
  const { blob, durationMs } = oggFromWebm(webm(200));
  const pages = await pagesOf(blob);
  for (const page of pages) {
    const view = new DataView(page.buffer);
    const stored = view.getUint32(22, true);
    view.setUint32(22, 0, true);
    expect(checksum(page)).toBe(stored);
  }
  expect(String.fromCharCode(...(pages[0] ?? new Uint8Array()).subarray(28, 36))).toBe("OpusHead");
  expect(String.fromCharCode(...(pages[1] ?? new Uint8Array()).subarray(28, 36))).toBe("OpusTags");
  expect(pages.at(-1)?.[5]).toBe(4);
  const bodies = pages.slice(2).reduce((sum, page) => sum + page.length - 27 - (page[26] ?? 0), 0);
  expect(bodies).toBe(200 * packet.length);
  expect(new DataView((pages.at(-1) ?? new Uint8Array()).buffer).getBigUint64(6, true)).toBe(200n * 960n);
  expect(durationMs).toBe(Math.round(((200 * 960 - 312) / 48000) * 1000));
});

test("the length of a packet is read from its first byte", () => {
  expect(samplesIn(Uint8Array.of(0x78))).toBe(960);
  expect(samplesIn(Uint8Array.of(0x00))).toBe(480);
  expect(samplesIn(Uint8Array.of(0xe3, 3))).toBe(120 * 3);
  expect(samplesIn(Uint8Array.of(0xf9))).toBe(960 * 2);
});

test("what is no WebM is refused", () => {
  expect(() => oggFromWebm(Uint8Array.of(1, 2, 3))).toThrow("no Opus");
});
