/**
 * Puts the Opus packets of a recorder's WebM into Ogg, which is what other apps play as a voice message. Nothing is
 * decoded. WebM is a tree of elements (id, length, content); Ogg is a row of pages, each with a checksum and the
 * number of samples played at its end.
 */
const SEGMENT = 0x18538067;
const CLUSTER = 0x1f43b675;
const TRACKS = 0x1654ae6b;
const TRACK_ENTRY = 0xae;
const CODEC_PRIVATE = 0x63a2;
const BLOCK_GROUP = 0xa0;
const BLOCK = 0xa1;
const SIMPLE_BLOCK = 0xa3;
const PARENTS = new Set([SEGMENT, CLUSTER, TRACKS, TRACK_ENTRY, BLOCK_GROUP]);
const RATE = 48_000;
const MOST_SEGMENTS = 250;

export interface OggOpus {
  blob: Blob;
  durationMs: number;
}

/** Remux; throws for what is not WebM with Opus in it. */
export function oggFromWebm(webm: Uint8Array<ArrayBuffer>): OggOpus {
  const { head, packets } = opusOf(webm);
  if (!head || packets.length === 0) throw new Error("no Opus in this recording");
  const skipped = head[10] !== undefined && head[11] !== undefined ? head[10] + head[11] * 256 : 0;
  const writer = new PageWriter();
  writer.page([head], 0, 2);
  writer.page([tags()], 0, 0);
  let played = 0;
  let waiting: Uint8Array[] = [];
  let segments = 0;
  for (const [index, packet] of packets.entries()) {
    const needs = Math.floor(packet.length / 255) + 1;
    if (segments + needs > MOST_SEGMENTS) {
      writer.page(waiting, played, 0);
      waiting = [];
      segments = 0;
    }
    waiting.push(packet);
    segments += needs;
    played += samplesIn(packet);
    if (index === packets.length - 1) writer.page(waiting, played, 4);
  }
  const durationMs = Math.max(0, Math.round(((played - skipped) / RATE) * 1000));
  return { blob: new Blob(writer.pages, { type: "audio/ogg" }), durationMs };
}

function opusOf(webm: Uint8Array<ArrayBuffer>): { head?: Uint8Array; packets: Uint8Array[] } {
  const packets: Uint8Array[] = [];
  let head: Uint8Array | undefined;
  const walk = (from: number, to: number): void => {
    let at = from;
    while (at < to) {
      const id = vint(webm, at, false);
      const length = id && vint(webm, at + id.bytes, true);
      if (!id || !length) return;
      const start = at + id.bytes + length.bytes;
      const end = length.unknown ? to : Math.min(to, start + length.value);
      const content = webm.subarray(start, end);
      if (PARENTS.has(id.value)) walk(start, end);
      else if (id.value === CODEC_PRIVATE && isOpusHead(content)) head = content;
      else if (id.value === SIMPLE_BLOCK || id.value === BLOCK) {
        const track = vint(content, 0, true);
        // A track number, two bytes of time, one of flags; then the packet.
        if (track && content.length > track.bytes + 3) packets.push(content.subarray(track.bytes + 3));
      }
      at = end;
    }
  };
  walk(0, webm.length);
  return { head, packets };
}

function isOpusHead(bytes: Uint8Array): boolean {
  return bytes.length >= 19 && String.fromCharCode(...bytes.subarray(0, 8)) === "OpusHead";
}

/** Read a number of variable length; an id keeps its marker bit, a length loses it. */
function vint(
  bytes: Uint8Array,
  at: number,
  isLength: boolean,
): { value: number; bytes: number; unknown: boolean } | undefined {
  const first = bytes[at];
  if (first === undefined || first === 0) return undefined;
  const size = Math.clz32(first) - 23;
  let value = isLength ? first & (0xff >> size) : first;
  let ones = (first & (0xff >> size)) === 0xff >> size;
  for (let next = 1; next < size; next++) {
    const byte = bytes[at + next];
    if (byte === undefined) return undefined;
    value = value * 256 + byte;
    ones &&= byte === 0xff;
  }
  return { value, bytes: size, unknown: isLength && ones };
}

/** How long a packet plays, in samples at 48 kHz, from its first byte (RFC 6716, section 3.1). */
export function samplesIn(packet: Uint8Array): number {
  const toc = packet[0] ?? 0;
  const config = toc >> 3;
  const silk = [480, 960, 1920, 2880];
  const frame =
    config < 12
      ? (silk[config & 3] ?? 960)
      : config < 16
        ? ([480, 960][config & 1] ?? 960)
        : 120 << (config & 3);
  const code = toc & 3;
  const frames = code === 0 ? 1 : code < 3 ? 2 : (packet[1] ?? 1) & 0x3f;
  return frame * frames;
}

function tags(): Uint8Array {
  const vendor = new TextEncoder().encode("Teahouse");
  const bytes = new Uint8Array(8 + 4 + vendor.length + 4);
  bytes.set(new TextEncoder().encode("OpusTags"));
  bytes[8] = vendor.length;
  bytes.set(vendor, 12);
  return bytes;
}

class PageWriter {
  pages: Uint8Array<ArrayBuffer>[] = [];
  #serial = (Math.random() * 0xffffffff) >>> 0;

  page(packets: Uint8Array[], position: number, flags: number): void {
    const lacing = packets.flatMap((packet) => [
      ...Array<number>(Math.floor(packet.length / 255)).fill(255),
      packet.length % 255,
    ]);
    const body = packets.reduce((sum, packet) => sum + packet.length, 0);
    const page = new Uint8Array(27 + lacing.length + body);
    const view = new DataView(page.buffer);
    page.set(new TextEncoder().encode("OggS"));
    page[5] = flags;
    view.setBigUint64(6, BigInt(position), true);
    view.setUint32(14, this.#serial, true);
    view.setUint32(18, this.pages.length, true);
    page[26] = lacing.length;
    page.set(lacing, 27);
    let at = 27 + lacing.length;
    for (const packet of packets) {
      page.set(packet, at);
      at += packet.length;
    }
    view.setUint32(22, checksum(page), true);
    this.pages.push(page);
  }
}

const TABLE = Uint32Array.from({ length: 256 }, (_, index) => {
  let value = index << 24;
  for (let bit = 0; bit < 8; bit++) value = value & 0x80000000 ? (value << 1) ^ 0x04c11db7 : value << 1;
  return value >>> 0;
});

export function checksum(bytes: Uint8Array): number {
  let sum = 0;
  for (const byte of bytes) sum = ((sum << 8) ^ (TABLE[((sum >>> 24) ^ byte) & 0xff] ?? 0)) >>> 0;
  return sum;
}
