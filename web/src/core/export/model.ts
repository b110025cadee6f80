/** What the parts of an export have to do with each other. */
export interface WantedFile {
  /** Where it goes in the archive. */
  name: string;
  bytes: number;
  fetch: (signal: AbortSignal) => Promise<Blob>;
}

export interface Progress {
  step: "account" | "chats" | "posts" | "files" | "packing";
  done: number;
  all: number;
}

export interface Task {
  signal: AbortSignal;
  tell: (progress: Progress) => void;
}
