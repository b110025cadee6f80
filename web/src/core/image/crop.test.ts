import { expect, test } from "vitest";
import { within } from "./crop";

const wide = { width: 400, height: 200 };

test("a square that leaves the picture is moved back into it", () => {
  expect(within(wide, { x: -1, y: 5, side: 0.5 })).toEqual({ x: 0.25, y: 0.75, side: 0.5 });
  expect(within(wide, { x: 9, y: 0.5, side: 1 })).toEqual({ x: 1.5, y: 0.5, side: 1 });
});

test("a square is neither larger than the picture nor too small to see", () => {
  expect(within(wide, { x: 1, y: 0.5, side: 3 }).side).toBe(1);
  expect(within(wide, { x: 1, y: 0.5, side: 0 }).side).toBe(0.15);
});
