/** Collects everything that a person can read of themselves and their chats into one ZIP, in the browser. */
import { exportChats } from "../matrix/exportChats";
import type { Progress, Task, WantedFile } from "./model";
import { exportPosts } from "./posts";
import { Archive } from "./zip";

/** How much of the whole each step is. */
const SHARES: Record<Progress["step"], [begin: number, length: number]> = {
  account: [0, 0.05],
  chats: [0.05, 0.45],
  posts: [0.5, 0.1],
  files: [0.6, 0.37],
  packing: [0.97, 0.03],
};

class Export {
  progress = $state.raw<Progress | undefined>();
  result = $state.raw<Blob | undefined>();
  missing = $state(0);
  failed = $state.raw<unknown>();
  cancelled = $state(false);
  #abort: AbortController | undefined;

  /** From 0 to 1. */
  get part(): number {
    if (!this.progress) return 0;
    const { step, done, all } = this.progress;
    const [begin, length] = SHARES[step];
    return begin + (all ? (done / all) * length : 0);
  }

  async start(withFiles: boolean): Promise<void> {
    this.#abort = new AbortController();
    this.result = undefined;
    this.failed = undefined;
    this.cancelled = false;
    this.missing = 0;
    const task: Task = { signal: this.#abort.signal, tell: (progress) => (this.progress = progress) };
    try {
      this.result = await this.#collect(withFiles, task);
    } catch (error) {
      if (task.signal.aborted) this.cancelled = true;
      else this.failed = error;
    } finally {
      this.progress = undefined;
    }
  }

  cancel(): void {
    this.#abort?.abort();
  }

  async #collect(withFiles: boolean, task: Task): Promise<Blob> {
    const archive = new Archive();
    const files = [...(await exportChats(archive, task)), ...(await exportPosts(archive, task))];
    if (withFiles) await this.#files(archive, files, task);
    task.tell({ step: "packing", done: 0, all: 1 });
    return archive.finish();
  }

  async #files(archive: Archive, files: WantedFile[], task: Task): Promise<void> {
    const missing: { file: string; why: string }[] = [];
    for (const [number, file] of files.entries()) {
      task.signal.throwIfAborted();
      task.tell({ step: "files", done: number, all: files.length });
      if (!archive.fits(file.bytes)) {
        missing.push({ file: file.name, why: "the archive is full" });
        continue;
      }
      const blob = await file.fetch(task.signal).catch((error: unknown) => String(error));
      if (typeof blob === "string") missing.push({ file: file.name, why: blob });
      else if (archive.fits(blob.size)) await archive.file(file.name, blob);
      else missing.push({ file: file.name, why: "the archive is full" });
    }
    task.signal.throwIfAborted();
    this.missing = missing.length;
    if (missing.length > 0) archive.json("missing-files.json", missing);
  }
}

export const exporting = new Export();
