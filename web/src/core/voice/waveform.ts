/** The shape of a recording: a row of peaks between 0 and 1024. */
import { WAVEFORM_BARS } from "../limits";

export function peaksOf(samples: Float32Array, bars = WAVEFORM_BARS): number[] {
  const step = samples.length / bars;
  const peaks = Array.from({ length: bars }, (_, bar) => {
    let peak = 0;
    const end = Math.min(samples.length, Math.ceil((bar + 1) * step));
    for (let at = Math.floor(bar * step); at < end; at++) peak = Math.max(peak, Math.abs(samples[at] ?? 0));
    return peak;
  });
  // A quiet voice should still be seen, but silence should not be blown up into noise.
  const loudest = Math.max(0.05, ...peaks);
  return peaks.map((peak) => Math.round((peak / loudest) * 1024));
}

/** Bring any row of peaks to a number of bars. */
export function fitted(peaks: number[], bars: number): number[] {
  if (peaks.length === 0) return Array<number>(bars).fill(0);
  return Array.from({ length: bars }, (_, bar) => {
    const from = Math.floor((bar * peaks.length) / bars);
    const to = Math.max(from + 1, Math.floor(((bar + 1) * peaks.length) / bars));
    return Math.max(...peaks.slice(from, to));
  });
}

export async function decoded(blob: Blob): Promise<{ peaks: number[]; durationMs: number }> {
  const context = new OfflineAudioContext(1, 1, 48_000);
  const buffer = await context.decodeAudioData(await blob.arrayBuffer());
  return { peaks: peaksOf(buffer.getChannelData(0)), durationMs: Math.round(buffer.duration * 1000) };
}
