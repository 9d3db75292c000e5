// Filters for looking at faint marks. They change what is shown, never the photo.

/** The pixels of a canvas: RGBA, row by row. */
export interface Pixels { data: Uint8ClampedArray; width: number; height: number }

const TILES = 8;
const LEVELS = 256;
// How many times the even share a grey level may take: higher shows more, noise too.
const CLIP = 3;

/** Stretches contrast within small areas (contrast-limited adaptive histogram equalisation), leaving hues as they are. */
export function raiseLocalContrast({ data, width, height }: Pixels): void {
  const luma = lumaOf(data);
  const curves = tileCurves(luma, data, width, height);
  for (let y = 0; y < height; y++) {
    const row = place(y, height);
    for (let x = 0; x < width; x++) {
      const pixel = y * width + x;
      if (data[pixel * 4 + 3] === 0) continue;
      const grey = luma[pixel]!;
      const raised = between(curves, row, place(x, width), grey);
      const factor = raised / Math.max(1, grey);
      for (let channel = pixel * 4; channel < pixel * 4 + 3; channel++) data[channel] = data[channel]! * factor;
    }
  }
}

/** Draws edges (Sobel) dark on light, so that an outline can be followed. */
export function showEdges({ data, width, height }: Pixels): void {
  const luma = lumaOf(data);
  const at = (x: number, y: number) => luma[clamp(y, height) * width + clamp(x, width)]!;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const across = at(x + 1, y - 1) + 2 * at(x + 1, y) + at(x + 1, y + 1) - at(x - 1, y - 1) - 2 * at(x - 1, y) - at(x - 1, y + 1);
      const down = at(x - 1, y + 1) + 2 * at(x, y + 1) + at(x + 1, y + 1) - at(x - 1, y - 1) - 2 * at(x, y - 1) - at(x + 1, y - 1);
      const pixel = (y * width + x) * 4;
      data[pixel] = data[pixel + 1] = data[pixel + 2] = 255 - Math.hypot(across, down) * 1.4;
    }
  }
}

function clamp(index: number, length: number): number {
  return Math.min(length - 1, Math.max(0, index));
}

function lumaOf(data: Uint8ClampedArray): Uint8Array {
  const luma = new Uint8Array(data.length / 4);
  for (let pixel = 0; pixel < luma.length; pixel++) {
    const at = pixel * 4;
    luma[pixel] = (data[at]! * 77 + data[at + 1]! * 150 + data[at + 2]! * 29) >> 8;
  }
  return luma;
}

function tileCurves(luma: Uint8Array, data: Uint8ClampedArray, width: number, height: number): Float32Array[] {
  const curves: Float32Array[] = [];
  for (let row = 0; row < TILES; row++) {
    for (let column = 0; column < TILES; column++) {
      const counts = new Float32Array(LEVELS);
      let pixels = 0;
      for (let y = Math.floor((row * height) / TILES); y < Math.floor(((row + 1) * height) / TILES); y++) {
        for (let x = Math.floor((column * width) / TILES); x < Math.floor(((column + 1) * width) / TILES); x++) {
          const pixel = y * width + x;
          // Outside the photo there is nothing, and nothing must not count as black.
          if (data[pixel * 4 + 3] === 0) continue;
          counts[luma[pixel]!]!++;
          pixels++;
        }
      }
      curves.push(curveOf(counts, pixels));
    }
  }
  return curves;
}

function curveOf(counts: Float32Array, pixels: number): Float32Array {
  const curve = new Float32Array(LEVELS);
  if (pixels === 0) return curve.map((_, level) => level);
  const most = (CLIP * pixels) / LEVELS;
  let over = 0;
  for (const count of counts) over += Math.max(0, count - most);
  let sum = 0;
  for (let level = 0; level < LEVELS; level++) {
    sum += Math.min(most, counts[level]!) + over / LEVELS;
    curve[level] = (sum / pixels) * (LEVELS - 1);
  }
  return curve;
}

/** The two tiles whose middles lie around a pixel, and how near the second is. */
function place(at: number, length: number): [first: number, second: number, share: number] {
  const tile = ((at + 0.5) / length) * TILES - 0.5;
  const first = clamp(Math.floor(tile), TILES);
  return [first, clamp(Math.floor(tile) + 1, TILES), Math.min(1, Math.max(0, tile - first))];
}

type Place = ReturnType<typeof place>;

function between(curves: Float32Array[], [top, bottom, down]: Place, [left, right, across]: Place, grey: number): number {
  const value = (row: number, column: number) => curves[row * TILES + column]![grey]!;
  const above = value(top, left) * (1 - across) + value(top, right) * across;
  const below = value(bottom, left) * (1 - across) + value(bottom, right) * across;
  return above * (1 - down) + below * down;
}
