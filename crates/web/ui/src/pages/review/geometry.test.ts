import { describe, expect, it } from "vitest";
import {
  apply, AT_FIT, compose, fit, IDENTITY, inside, invert, mirrorAcross, panBy, pinch, scaleOf, shift, similarity, toPane, zoomAt,
  type Affine, type Point,
} from "./geometry";

const pane = { width: 400, height: 200 };
const box = { x: 1000, y: 500, width: 600, height: 100 };

function expectPoint(found: Point, x: number, y: number) {
  expect(found.x).toBeCloseTo(x, 6);
  expect(found.y).toBeCloseTo(y, 6);
}

describe("fit", () => {
  it("puts the middle of the box into the middle of the pane", () => {
    expectPoint(apply(toPane(fit(box, pane), AT_FIT, pane), { x: 1300, y: 550 }), 200, 100);
  });

  it("leaves the margin on the side that is tight", () => {
    const map = toPane(fit(box, pane, 0.1), AT_FIT, pane);
    expectPoint(apply(map, { x: 1000, y: 550 }), 40, 100);
    expectPoint(apply(map, { x: 1600, y: 550 }), 360, 100);
  });
});

describe("maps", () => {
  it("come back through their inverse, mirrored or not", () => {
    const turned: Affine = [0.5, 0.8, -0.8, 0.5, 17, -4];
    for (const map of [turned, compose(turned, mirrorAcross(120))]) {
      expectPoint(apply(invert(map), apply(map, { x: 33, y: 71 })), 33, 71);
    }
  });

  it("compose in the order they are done", () => {
    expectPoint(apply(compose(shift(10, 0), mirrorAcross(0)), { x: 3, y: 0 }), 7, 0);
    expect(compose(IDENTITY, shift(1, 2))).toEqual(shift(1, 2));
  });
});

describe("zoom at the pointer", () => {
  it("keeps the photo pixel under the pointer where it is", () => {
    const base = fit(box, pane);
    const pointer = { x: 310, y: 40 };
    const moved = panBy(AT_FIT, 12, -7, pane);
    const under = apply(invert(toPane(base, moved, pane)), pointer);
    const after = toPane(base, zoomAt(moved, pointer, 3.7, pane), pane);
    expectPoint(apply(after, under), pointer.x, pointer.y);
  });

  it("stops at a least and a most zoom without drifting", () => {
    const most = zoomAt(AT_FIT, { x: 10, y: 10 }, 1e9, pane);
    expect(zoomAt(most, { x: 10, y: 10 }, 2, pane)).toEqual(most);
    expect(zoomAt(AT_FIT, { x: 0, y: 0 }, 1e-9, pane).zoom).toBeGreaterThan(0);
  });
});

describe("in step", () => {
  it("one camera shows the same share of each one's own box", () => {
    const other = { x: 0, y: 0, width: 1200, height: 200 };
    const camera = zoomAt(AT_FIT, { x: 50, y: 60 }, 4, pane);
    const share = { x: 0.25, y: 0.75 };
    const here = apply(toPane(fit(box, pane), camera, pane), { x: 1000 + 600 * share.x, y: 500 + 100 * share.y });
    const there = apply(toPane(fit(other, pane), camera, pane), { x: 1200 * share.x, y: 200 * share.y });
    expectPoint(there, here.x, here.y);
  });
});

describe("two-point alignment", () => {
  it("takes both points exactly to their partners", () => {
    const from: [Point, Point] = [{ x: 10, y: 20 }, { x: 110, y: 70 }];
    const to: [Point, Point] = [{ x: -5, y: 300 }, { x: 40, y: 120 }];
    const map = similarity(from, to);
    expect(map).not.toBeNull();
    expectPoint(apply(map!, from[0]), to[0].x, to[0].y);
    expectPoint(apply(map!, from[1]), to[1].x, to[1].y);
  });

  it("keeps angles and turns by a quarter where asked", () => {
    const map = similarity([{ x: 0, y: 0 }, { x: 1, y: 0 }], [{ x: 0, y: 0 }, { x: 0, y: 2 }])!;
    expectPoint(apply(map, { x: 0, y: 1 }), -2, 0);
    expect(scaleOf(map)).toBeCloseTo(2);
  });

  it("is refused where two points coincide", () => {
    const same: [Point, Point] = [{ x: 3, y: 3 }, { x: 3, y: 3 }];
    const two: [Point, Point] = [{ x: 0, y: 0 }, { x: 1, y: 1 }];
    expect(similarity(same, two)).toBeNull();
    expect(similarity(two, same)).toBeNull();
  });
});

describe("pinch", () => {
  it("zooms by the spread and follows the middle of the fingers", () => {
    const before: [Point, Point] = [{ x: 100, y: 100 }, { x: 200, y: 100 }];
    const after: [Point, Point] = [{ x: 60, y: 120 }, { x: 260, y: 120 }];
    const camera = pinch(AT_FIT, before, after, pane);
    expect(camera.zoom).toBeCloseTo(2);
    const under = apply(invert(toPane(IDENTITY, AT_FIT, pane)), { x: 150, y: 100 });
    expectPoint(apply(toPane(IDENTITY, camera, pane), under), 160, 120);
  });
});

it("a point on the edge is inside", () => {
  expect(inside({ x: 400, y: 0 }, pane)).toBe(true);
  expect(inside({ x: 401, y: 0 }, pane)).toBe(false);
});
