import type { Box } from "../../api/types";

/** How large a photo is, in pixels. */
export interface Extent {
  width: number;
  height: number;
}

/** Which edges of a box a handle moves: -1 the left or top one, 1 the right or bottom one, 0 neither. */
export interface Handle {
  across: -1 | 0 | 1;
  down: -1 | 0 | 1;
}

/** The shortest side a box may have, in pixels. */
export const SMALLEST = 8;

/** The eight handles of a box, clockwise from the top left. */
export const HANDLES: readonly Handle[] = [
  { across: -1, down: -1 },
  { across: 0, down: -1 },
  { across: 1, down: -1 },
  { across: 1, down: 0 },
  { across: 1, down: 1 },
  { across: 0, down: 1 },
  { across: -1, down: 1 },
  { across: -1, down: 0 },
];

const between = (value: number, least: number, most: number) => Math.min(Math.max(value, least), Math.max(least, most));

/** A box in the middle of the photo, for a start. */
export function middleBox(photo: Extent): Box {
  const width = Math.round(photo.width * 0.6);
  const height = Math.round(photo.height * 0.6);
  const x = Math.round((photo.width - width) / 2);
  const y = Math.round((photo.height - height) / 2);
  return fitted({ x, y, width, height }, photo);
}

/** The box in whole pixels, inside the photo and not too small. */
export function fitted(box: Box, photo: Extent): Box {
  const width = between(Math.round(box.width), Math.min(SMALLEST, photo.width), photo.width);
  const height = between(Math.round(box.height), Math.min(SMALLEST, photo.height), photo.height);
  const x = between(Math.round(box.x), 0, photo.width - width);
  const y = between(Math.round(box.y), 0, photo.height - height);
  return { x, y, width, height };
}

/** The box moved; it stops at the edges of the photo and keeps its size. */
export function moved(box: Box, across: number, down: number, photo: Extent): Box {
  return fitted({ ...box, x: box.x + across, y: box.y + down }, photo);
}

/** The box with the edges of one handle moved; the opposite edges stay where they are. */
export function resized(box: Box, handle: Handle, across: number, down: number, photo: Extent): Box {
  const [x, width] = stretched(box.x, box.width, handle.across, across, photo.width);
  const [y, height] = stretched(box.y, box.height, handle.down, down, photo.height);
  return fitted({ x, y, width, height }, photo);
}

function stretched(start: number, length: number, edge: Handle["across"], by: number, most: number): [number, number] {
  const end = start + length;
  if (edge === -1) {
    const to = between(start + by, 0, end - SMALLEST);
    return [to, end - to];
  }
  if (edge === 1) {
    return [start, between(end + by, start + SMALLEST, most) - start];
  }
  return [start, length];
}

/** The box between two corners, in any order. */
export function spanned(from: [number, number], to: [number, number], photo: Extent): Box {
  const [left, right] = [Math.min(from[0], to[0]), Math.max(from[0], to[0])];
  const [top, bottom] = [Math.min(from[1], to[1]), Math.max(from[1], to[1])];
  return fitted({ x: left, y: top, width: right - left, height: bottom - top }, photo);
}

/** How far one press of an arrow key goes: a hundredth of the longer side, or a pixel. */
export function stride(photo: Extent, fine: boolean): number {
  return fine ? 1 : Math.max(1, Math.round(Math.max(photo.width, photo.height) / 100));
}

/** The keys held with an arrow key. */
export interface KeysHeld {
  shift: boolean;
  fine: boolean;
}

const ARROWS: Readonly<Record<string, [number, number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

/** What an arrow key makes of the box; `null` where the key is no arrow key. */
export function afterKey(box: Box, key: string, held: KeysHeld, photo: Extent): Box | null {
  const arrow = ARROWS[key];
  if (!arrow) {
    return null;
  }
  const step = stride(photo, held.fine);
  const [across, down] = [arrow[0] * step, arrow[1] * step];
  if (held.shift) {
    return resized(box, { across: 1, down: 1 }, across, down, photo);
  }
  return moved(box, across, down, photo);
}

/** Whether two boxes are the same, `null` being the whole photo. */
export function sameBox(one: Box | null, other: Box | null): boolean {
  if (one === null || other === null) {
    return one === other;
  }
  return one.x === other.x && one.y === other.y && one.width === other.width && one.height === other.height;
}
