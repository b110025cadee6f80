/** Voice messages that are recorded and not sent, by chat; they survive leaving the chat, a reload and a crash. */
import { keep, keptWith, unkeep } from "./idb";

export interface KeptRecording {
  roomId: string;
  blob: Blob;
  at: number;
  /** Absent while it was still being recorded: the blob then is what the browser had recorded so far. */
  durationMs?: number;
  waveform?: number[];
}

const NAME = "voice:";

export async function loadRecordings(): Promise<Map<string, KeptRecording>> {
  return new Map((await keptWith<KeptRecording>(NAME)).map((one) => [one.roomId, one]));
}

export async function saveRecording(one: KeptRecording): Promise<void> {
  await keep(NAME + one.roomId, one);
}

export async function forgetRecording(roomId: string): Promise<void> {
  await unkeep(NAME + roomId);
}
