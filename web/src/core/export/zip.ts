/** A ZIP file that grows piece by piece, without ever being whole in the page's own memory. */
import { Zip, ZipDeflate, ZipPassThrough } from "fflate";
import { EXPORT_MOST_BYTES } from "../limits";

const PIECE = 4_000_000;

export class Archive {
  #zip: Zip;
  #chunks: Uint8Array<ArrayBuffer>[] = [];
  #pending = 0;
  #pieces: Blob[] = [];
  #names = new Set<string>();
  #bytes = 0;

  constructor() {
    this.#zip = new Zip((error, chunk) => {
      if (error) throw error;
      this.#chunks.push(chunk as Uint8Array<ArrayBuffer>);
      this.#pending += chunk.length;
      this.#bytes += chunk.length;
      // The browser keeps large blobs on the disk.
      if (this.#pending > PIECE) this.#flush();
    });
  }

  /** Whether so much more still fits: the plain format ends at 4 GB. */
  fits(bytes: number): boolean {
    return this.#bytes + bytes < EXPORT_MOST_BYTES;
  }

  json(name: string, value: unknown): void {
    this.#text(name, JSON.stringify(value, null, 2));
  }

  /** Add a list whose pages are already written, in this order. */
  pages(name: string, pages: readonly string[]): void {
    this.#text(name, `[\n${pages.filter(Boolean).join(",\n")}\n]`);
  }

  async file(name: string, blob: Blob): Promise<void> {
    const entry = new ZipPassThrough(this.#free(name));
    this.#zip.add(entry);
    const reader = blob.stream().getReader();
    for (;;) {
      const { done, value } = await reader.read();
      entry.push(value ?? new Uint8Array(), done);
      if (done) return;
    }
  }

  finish(): Blob {
    this.#zip.end();
    this.#flush();
    return new Blob(this.#pieces, { type: "application/zip" });
  }

  #text(name: string, text: string): void {
    const entry = new ZipDeflate(this.#free(name), { level: 6 });
    this.#zip.add(entry);
    entry.push(new TextEncoder().encode(text), true);
  }

  #flush(): void {
    this.#pieces.push(new Blob(this.#chunks));
    this.#chunks = [];
    this.#pending = 0;
  }

  #free(name: string): string {
    let free = name;
    for (let count = 2; this.#names.has(free); count++) free = name.replace(/(\.[^./]*)?$/, ` (${count})$1`);
    this.#names.add(free);
    return free;
  }
}

/** Make a part of a path of what others named: nothing that could lead elsewhere when it is unpacked. */
export function safeName(name: string): string {
  const plain = name
    .replace(/[/\\:*?"<>|\p{Cc}\u202a-\u202e\u2066-\u2069]/gu, "_")
    .replace(/^[.\s]+|[.\s]+$/g, "");
  return plain.slice(-80) || "unnamed";
}
