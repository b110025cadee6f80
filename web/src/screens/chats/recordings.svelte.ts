/** The recordings that wait in chats, as the list and the composer see them. */
import {
  forgetRecording,
  type KeptRecording,
  loadRecordings,
  saveRecording,
} from "../../core/store/recordings";
import type { Recording } from "../../core/voice/recorder.svelte";

class Recordings {
  all = $state.raw<Map<string, KeptRecording>>(new Map());
  ready: Promise<void>;

  constructor() {
    this.ready = loadRecordings().then((found) => {
      this.all = found;
    });
  }

  /** Keep what is recorded, in place of what was kept for the chat before. */
  async keep(roomId: string, made: Recording): Promise<void> {
    const one = { ...made, roomId, at: Date.now() };
    this.all = new Map(this.all).set(roomId, one);
    await saveRecording(one);
  }

  /** Keep what is recorded so far, for the case that the page ends before the recording does. */
  async keepPiece(roomId: string, blob: Blob): Promise<void> {
    await saveRecording({ roomId, blob, at: Date.now() });
  }

  /** Offer it no longer; it is kept until it is on its way. */
  hide(roomId: string): void {
    const all = new Map(this.all);
    all.delete(roomId);
    this.all = all;
  }

  async drop(roomId: string): Promise<void> {
    this.hide(roomId);
    await forgetRecording(roomId);
  }
}

export const recordings = new Recordings();
