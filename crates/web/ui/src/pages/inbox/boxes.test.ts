import { describe, expect, it } from "vitest";
import { afterKey, fitted, middleBox, moved, resized, sameBox, SMALLEST, spanned, stride } from "./boxes";

const photo = { width: 1000, height: 500 };
const box = { x: 100, y: 100, width: 200, height: 100 };
const none = { shift: false, fine: false };

describe("a box", () => {
  it("moves and stops at the edges with its size kept", () => {
    expect(moved(box, 50, -20, photo)).toEqual({ x: 150, y: 80, width: 200, height: 100 });
    expect(moved(box, 5000, 5000, photo)).toEqual({ x: 800, y: 400, width: 200, height: 100 });
    expect(moved(box, -5000, -5000, photo)).toEqual({ x: 0, y: 0, width: 200, height: 100 });
  });

  it("is stretched by one edge while the opposite edge stays", () => {
    expect(resized(box, { across: -1, down: 0 }, -30, 99, photo)).toEqual({ x: 70, y: 100, width: 230, height: 100 });
    expect(resized(box, { across: 1, down: 1 }, 40, 10, photo)).toEqual({ x: 100, y: 100, width: 240, height: 110 });
  });

  it("never turns over nor leaves the photo", () => {
    expect(resized(box, { across: -1, down: -1 }, 900, 900, photo)).toEqual({
      x: 300 - SMALLEST,
      y: 200 - SMALLEST,
      width: SMALLEST,
      height: SMALLEST,
    });
    expect(resized(box, { across: 1, down: 1 }, 9000, 9000, photo)).toEqual({ x: 100, y: 100, width: 900, height: 400 });
    expect(fitted({ x: -4, y: 490, width: 2000, height: 20 }, photo)).toEqual({ x: 0, y: 480, width: 1000, height: 20 });
  });

  it("is drawn between two corners in any order", () => {
    expect(spanned([300, 200], [100, 100], photo)).toEqual(box);
  });

  it("starts in the middle", () => {
    expect(middleBox(photo)).toEqual({ x: 200, y: 100, width: 600, height: 300 });
  });
});

describe("the keyboard", () => {
  it("moves with arrows, resizes with Shift and goes by pixels where fine", () => {
    expect(afterKey(box, "ArrowRight", none, photo)?.x).toBe(110);
    expect(afterKey(box, "ArrowDown", { shift: true, fine: false }, photo)?.height).toBe(110);
    expect(afterKey(box, "ArrowLeft", { shift: true, fine: true }, photo)?.width).toBe(199);
    expect(afterKey(box, "Enter", none, photo)).toBeNull();
  });

  it("goes at least a pixel", () => {
    expect(stride({ width: 20, height: 10 }, false)).toBe(1);
  });
});

it("the whole photo is the same as the whole photo alone", () => {
  expect(sameBox(null, null)).toBe(true);
  expect(sameBox(null, box)).toBe(false);
  expect(sameBox({ ...box }, box)).toBe(true);
  expect(sameBox({ ...box, x: 1 }, box)).toBe(false);
});
