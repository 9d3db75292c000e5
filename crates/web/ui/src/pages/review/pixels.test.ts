import { expect, it } from "vitest";
import { raiseLocalContrast, showEdges, type Pixels } from "./pixels";

function grey(width: number, height: number, level: (x: number, y: number) => number, alpha = 255): Pixels {
  const data = new Uint8ClampedArray(width * height * 4);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) data.set([level(x, y), level(x, y), level(x, y), alpha], (y * width + x) * 4);
  }
  return { data, width, height };
}

function spread({ data }: Pixels): number {
  const levels = [...data].filter((_, at) => at % 4 === 0);
  return Math.max(...levels) - Math.min(...levels);
}

it("local contrast spreads faint marks", () => {
  const faint = grey(64, 64, (x) => 120 + (x % 8));
  const before = spread(faint);
  raiseLocalContrast(faint);
  expect(spread(faint)).toBeGreaterThan(2 * before);
});

it("local contrast leaves what is outside the photo empty", () => {
  const nothing = grey(16, 16, () => 0, 0);
  raiseLocalContrast(nothing);
  expect(Math.max(...nothing.data)).toBe(0);
});

it("edges are dark where brightness jumps and light where it does not", () => {
  const step = grey(16, 16, (x) => (x < 8 ? 20 : 220));
  showEdges(step);
  expect(step.data[(8 * 16 + 8) * 4]).toBe(0);
  expect(step.data[(8 * 16 + 2) * 4]).toBe(255);
});
