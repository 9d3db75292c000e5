// Where photo pixels land on the screen. A pane's own middle is the origin of "centered" pixels, so that a zoom or a pan
// means the same in both panes whatever lies in them.
import type { Box } from "../../api/types";

/** A point in whatever space the function names. */
export interface Point { x: number; y: number }

/** The size of a pane in screen pixels. */
export interface Size { width: number; height: number }

/** An affine map as CSS writes it: `matrix(a, b, c, d, e, f)`. */
export type Affine = readonly [a: number, b: number, c: number, d: number, e: number, f: number];

/** How far one has zoomed in from the fit (1) and moved, in shares of the pane's shorter side. */
export interface Camera { zoom: number; x: number; y: number }

/** The camera that shows what was fitted. */
export const AT_FIT: Camera = { zoom: 1, x: 0, y: 0 };

/** The map that changes nothing. */
export const IDENTITY: Affine = [1, 0, 0, 1, 0, 0];

const ZOOM_LEAST = 0.1;
const ZOOM_MOST = 60;

/** The map that does `second` after `first`. */
export function compose(second: Affine, first: Affine): Affine {
  const [a, b, c, d, e, f] = second;
  const [g, h, i, j, k, l] = first;
  return [a * g + c * h, b * g + d * h, a * i + c * j, b * i + d * j, a * k + c * l + e, b * k + d * l + f];
}

/** Where `map` takes `point`. */
export function apply(map: Affine, { x, y }: Point): Point {
  const [a, b, c, d, e, f] = map;
  return { x: a * x + c * y + e, y: b * x + d * y + f };
}

/** The map back. Maps made here are never flat, so it always exists. */
export function invert([a, b, c, d, e, f]: Affine): Affine {
  const area = a * d - b * c;
  return [d / area, -b / area, -c / area, a / area, (c * f - d * e) / area, (b * e - a * f) / area];
}

/** Moves by `x` and `y`. */
export function shift(x: number, y: number): Affine {
  return [1, 0, 0, 1, x, y];
}

/** Scales around the origin. */
export function scaled(factor: number): Affine {
  return [factor, 0, 0, factor, 0, 0];
}

/** Mirrors left and right across the upright line at `x`. */
export function mirrorAcross(x: number): Affine {
  return [-1, 0, 0, 1, 2 * x, 0];
}

/** Photo pixels to centered pixels, so that `box` with a margin around it fills the pane. */
export function fit(box: Box, pane: Size, margin = 0.06): Affine {
  const room = 1 - 2 * margin;
  const factor = Math.min((pane.width * room) / box.width, (pane.height * room) / box.height);
  return compose(scaled(factor), shift(-(box.x + box.width / 2), -(box.y + box.height / 2)));
}

/** The length that a camera's `x` and `y` are shares of. */
export function unitOf(pane: Size): number {
  return Math.max(1, Math.min(pane.width, pane.height));
}

/** The whole way from photo pixels to pane pixels. */
export function toPane(base: Affine, camera: Camera, pane: Size): Affine {
  const unit = unitOf(pane);
  const middle = shift(pane.width / 2 + camera.x * unit, pane.height / 2 + camera.y * unit);
  return compose(compose(middle, scaled(camera.zoom)), base);
}

/** Zooms by `factor` while what lies under `at` (pane pixels) stays there. */
export function zoomAt(camera: Camera, at: Point, factor: number, pane: Size): Camera {
  const zoom = Math.min(ZOOM_MOST, Math.max(ZOOM_LEAST, camera.zoom * factor));
  const grown = zoom / camera.zoom;
  const unit = unitOf(pane);
  const x = (at.x - pane.width / 2) / unit;
  const y = (at.y - pane.height / 2) / unit;
  return { zoom, x: x - (x - camera.x) * grown, y: y - (y - camera.y) * grown };
}

/** Moves what is shown by pane pixels. */
export function panBy(camera: Camera, dx: number, dy: number, pane: Size): Camera {
  const unit = unitOf(pane);
  return { zoom: camera.zoom, x: camera.x + dx / unit, y: camera.y + dy / unit };
}

/** Two fingers moved: zooms by how far they spread and moves with their middle. */
export function pinch(camera: Camera, before: readonly [Point, Point], after: readonly [Point, Point], pane: Size): Camera {
  const from = middleOf(before);
  const to = middleOf(after);
  const factor = distance(...after) / Math.max(1, distance(...before));
  return panBy(zoomAt(camera, from, factor, pane), to.x - from.x, to.y - from.y, pane);
}

/** The turn, scale and shift that takes two points to two others; `null` where a pair of points coincides. */
export function similarity(from: readonly [Point, Point], to: readonly [Point, Point]): Affine | null {
  const fx = from[1].x - from[0].x;
  const fy = from[1].y - from[0].y;
  const tx = to[1].x - to[0].x;
  const ty = to[1].y - to[0].y;
  const length = fx * fx + fy * fy;
  if (length < 1e-9 || tx * tx + ty * ty < 1e-9) return null;
  // As complex numbers: (a + bi) = to / from.
  const a = (tx * fx + ty * fy) / length;
  const b = (ty * fx - tx * fy) / length;
  return [a, b, -b, a, to[0].x - (a * from[0].x - b * from[0].y), to[0].y - (b * from[0].x + a * from[0].y)];
}

/** How many screen pixels one photo pixel takes. */
export function scaleOf([a, b]: Affine): number {
  return Math.hypot(a, b);
}

/** The map as CSS text. */
export function css(map: Affine): string {
  return `matrix(${map.join(",")})`;
}

/** Whether a point lies in a pane. */
export function inside({ x, y }: Point, pane: Size): boolean {
  return x >= 0 && y >= 0 && x <= pane.width && y <= pane.height;
}

function middleOf([a, b]: readonly [Point, Point]): Point {
  return { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 };
}

function distance(a: Point, b: Point): number {
  return Math.hypot(a.x - b.x, a.y - b.y);
}
