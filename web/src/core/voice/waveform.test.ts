import { expect, test } from "vitest";
import { fitted, peaksOf } from "./waveform";

test("silence, a swell and silence look like that", () => {
  const samples = Float32Array.from({ length: 4800 }, (_, at) =>
    at > 1600 && at < 3200 ? Math.sin(at) * 0.5 : 0,
  );
  const peaks = peaksOf(samples, 12);
  expect(peaks.slice(0, 4)).toEqual([0, 0, 0, 0]);
  expect(Math.min(...peaks.slice(5, 7))).toBeGreaterThan(900);
  expect(peaks.slice(9)).toEqual([0, 0, 0]);
});

test("noise below hearing is not blown up", () => {
  expect(Math.max(...peaksOf(new Float32Array(1000).fill(0.001), 10))).toBeLessThan(40);
});

test("any number of peaks fits any number of bars", () => {
  expect(fitted([1, 5, 2, 8], 2)).toEqual([5, 8]);
  expect(fitted([3], 3)).toEqual([3, 3, 3]);
  expect(fitted([], 2)).toEqual([0, 0]);
});
