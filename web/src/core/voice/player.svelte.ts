/** Plays voice and sound: one at a time, and the next unheard one after it. */
interface Track {
  id: string;
  url: () => Promise<string>;
  durationMs: number;
}

const SPEEDS = [1, 1.5, 2];
const HEARD = "teahouse.heard";
const MOST_HEARD = 2000;

class Player {
  playing = $state<string | undefined>();
  paused = $state(false);
  positionMs = $state(0);
  speed = $state(1);
  heard = $state.raw<Set<string>>(new Set(JSON.parse(localStorage.getItem(HEARD) ?? "[]") as string[]));
  /** Gives what to play after a track; set by the chat that is open. */
  next: ((id: string) => Track | undefined) | undefined;
  #audio = new Audio();
  #places = new Map<string, number>();

  constructor() {
    this.#audio.addEventListener("timeupdate", () => {
      this.positionMs = this.#audio.currentTime * 1000;
      if (this.playing) this.#places.set(this.playing, this.#audio.currentTime);
    });
    this.#audio.addEventListener("ended", () => this.#ended());
    this.#audio.addEventListener("pause", () => (this.paused = true));
    this.#audio.addEventListener("play", () => (this.paused = false));
  }

  async toggle(track: Track): Promise<void> {
    if (this.playing === track.id) {
      if (this.#audio.paused) await this.#audio.play();
      else this.#audio.pause();
      return;
    }
    await this.#play(track);
  }

  /** Go to a place in the track, 0 to 1. */
  async seek(track: Track, part: number): Promise<void> {
    this.#places.set(track.id, (part * track.durationMs) / 1000);
    if (this.playing !== track.id) await this.#play(track);
    else this.#audio.currentTime = (part * track.durationMs) / 1000;
  }

  changeSpeed(): void {
    this.speed = SPEEDS[(SPEEDS.indexOf(this.speed) + 1) % SPEEDS.length] ?? 1;
    this.#audio.playbackRate = this.speed;
  }

  place(id: string): number {
    return this.playing === id ? this.positionMs : (this.#places.get(id) ?? 0) * 1000;
  }

  stop(): void {
    this.#audio.pause();
    this.playing = undefined;
    this.next = undefined;
  }

  /** End what plays; what follows in the chat may still follow another. */
  drop(): void {
    this.#audio.pause();
    this.playing = undefined;
  }

  async #play(track: Track): Promise<void> {
    this.#audio.pause();
    this.playing = track.id;
    this.positionMs = this.place(track.id);
    if (track.id.startsWith("$")) this.#note(track.id);
    const url = await track.url();
    if (this.playing !== track.id) return;
    this.#audio.src = url;
    this.#audio.playbackRate = this.speed;
    this.#audio.currentTime = this.#places.get(track.id) ?? 0;
    await this.#audio.play();
  }

  #ended(): void {
    const id = this.playing;
    if (!id) return;
    this.#places.delete(id);
    this.playing = undefined;
    this.positionMs = 0;
    const following = this.next?.(id);
    if (following) void this.#play(following);
  }

  #note(id: string): void {
    if (this.heard.has(id)) return;
    this.heard = new Set([...this.heard, id].slice(-MOST_HEARD));
    localStorage.setItem(HEARD, JSON.stringify([...this.heard]));
  }
}

export const player = new Player();
export type { Track };
