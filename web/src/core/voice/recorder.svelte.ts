/** Records a voice message. One recorder for one recording; it ends by itself after a minute. */
import { VOICE_LEAST_MS, VOICE_MOST_MS } from "../limits";
import { oggFromWebm } from "./ogg";
import { decoded } from "./waveform";

export interface Recording {
  blob: Blob;
  durationMs: number;
  waveform: number[];
}

export type RecorderTrouble = "denied" | "missing" | "short" | "failed";
const CHUNK_MS = 250;
const CHUNKS_A_PIECE = 4;
const TYPES = ["audio/ogg;codecs=opus", "audio/webm;codecs=opus", "audio/mp4;codecs=opus", "audio/mp4"];

export class Recorder {
  state = $state<"idle" | "starting" | "recording" | "done">("idle");
  elapsedMs = $state(0);
  /** The newest loudnesses, 0 to 1, for the moving bars. */
  levels = $state.raw<number[]>([]);
  /** Called when the longest time is reached. */
  onlimit: (() => void) | undefined;
  /** Called about every second with what is recorded so far. */
  onpiece: ((soFar: Blob) => void) | undefined;
  #stream: MediaStream | undefined;
  #recorder: MediaRecorder | undefined;
  #chunks: Blob[] = [];
  #audio: AudioContext | undefined;
  #timer: ReturnType<typeof setInterval> | undefined;
  #since = 0;

  /** Ask for the microphone and begin. Gives what went wrong, or undefined. */
  async start(): Promise<RecorderTrouble | undefined> {
    this.state = "starting";
    try {
      const audio = {
        channelCount: 1,
        echoCancellation: true,
        noiseSuppression: true,
        autoGainControl: true,
      };
      this.#stream = await navigator.mediaDevices.getUserMedia({ audio });
    } catch (error) {
      this.state = "idle";
      const name = (error as DOMException).name;
      return name === "NotAllowedError" || name === "SecurityError" ? "denied" : "missing";
    }
    // The finger may have left while the browser asked.
    if (this.state !== "starting") {
      this.#release();
      return "short";
    }
    const mimeType = TYPES.find((type) => MediaRecorder.isTypeSupported(type));
    this.#recorder = new MediaRecorder(this.#stream, { mimeType, audioBitsPerSecond: 24_000 });
    this.#recorder.addEventListener("dataavailable", (event) => this.#take(event.data));
    this.#recorder.start(CHUNK_MS);
    this.#since = performance.now();
    this.state = "recording";
    this.#listen(this.#stream);
    return undefined;
  }

  /** End, and give the recording; undefined with the reason when there is none worth sending. */
  async finish(): Promise<Recording | RecorderTrouble> {
    const recorder = this.#recorder;
    const ms = performance.now() - this.#since;
    if (!recorder || this.state !== "recording") {
      this.cancel();
      return "short";
    }
    const stopped = new Promise((done) => recorder.addEventListener("stop", done, { once: true }));
    recorder.stop();
    await stopped;
    this.#release();
    this.state = "done";
    if (ms < VOICE_LEAST_MS) return "short";
    try {
      return await finished(new Blob(this.#chunks, { type: recorder.mimeType }));
    } catch {
      return "failed";
    }
  }

  #take(chunk: Blob): void {
    this.#chunks.push(chunk);
    if (this.state === "recording" && this.#chunks.length % CHUNKS_A_PIECE === 0)
      this.onpiece?.(new Blob(this.#chunks, { type: this.#recorder?.mimeType ?? "" }));
  }

  cancel(): void {
    if (this.#recorder?.state === "recording") this.#recorder.stop();
    this.#release();
    this.state = "done";
  }

  #listen(stream: MediaStream): void {
    this.#audio = new AudioContext();
    const analyser = this.#audio.createAnalyser();
    analyser.fftSize = 512;
    this.#audio.createMediaStreamSource(stream).connect(analyser);
    const samples = new Float32Array(analyser.fftSize);
    this.#timer = setInterval(() => {
      analyser.getFloatTimeDomainData(samples);
      const level = Math.min(1, Math.max(...samples.map(Math.abs)) * 2);
      this.levels = [...this.levels.slice(-35), level];
      this.elapsedMs = performance.now() - this.#since;
      if (this.elapsedMs >= VOICE_MOST_MS) {
        clearInterval(this.#timer);
        this.onlimit?.();
      }
    }, 80);
  }

  #release(): void {
    clearInterval(this.#timer);
    for (const track of this.#stream?.getTracks() ?? []) track.stop();
    void this.#audio?.close().catch(() => {});
    this.#audio = undefined;
  }
}

/** Make a recording of what the browser recorded, which may end anywhere. */
export async function finished(recorded: Blob): Promise<Recording> {
  const { peaks, durationMs } = await decoded(recorded);
  if (recorded.type.startsWith("audio/webm")) {
    const ogg = oggFromWebm(new Uint8Array(await recorded.arrayBuffer()));
    return { blob: ogg.blob, durationMs: ogg.durationMs, waveform: peaks };
  }
  const [type] = recorded.type.split(";");
  return { blob: new Blob([recorded], { type }), durationMs, waveform: peaks };
}
