/** A place as latitude and longitude in degrees. */
export type Place = readonly [number, number];

/** A plain map: where it ends, in degrees, and how many degrees of latitude one of longitude looks like. */
export interface PlainMap {
  south: number;
  north: number;
  west: number;
  east: number;
  /** The cosine of the middle latitude. */
  squeeze: number;
}

// The least a map shows: about a kilometre, so that one place does not fill it with nothing.
const LEAST_DEGREES = 0.01;
const MARGIN = 0.15;
// Near a pole the cosine goes to nothing and with it the width of the map.
const LEAST_SQUEEZE = 0.05;

/** The map that shows all these places with a margin; `null` where there are none. */
export function mapOf(places: readonly Place[]): PlainMap | null {
  if (places.length === 0) {
    return null;
  }
  const longitudes = unwrapped(places.map((place) => place[1]));
  const latitudes = places.map((place) => place[0]);
  const middle = (Math.min(...latitudes) + Math.max(...latitudes)) / 2;
  const squeeze = Math.max(LEAST_SQUEEZE, Math.cos((middle * Math.PI) / 180));
  const [south, north] = widened(latitudes, 1);
  const [west, east] = widened(longitudes, squeeze);
  return { south, north, west, east, squeeze };
}

// Across the date line, 179 and -179 are two degrees apart: western longitudes then count on beyond 180.
function unwrapped(longitudes: number[]): number[] {
  const across = Math.max(...longitudes) - Math.min(...longitudes) > 180;
  return across ? longitudes.map((longitude) => (longitude < 0 ? longitude + 360 : longitude)) : longitudes;
}

function widened(values: number[], squeeze: number): [number, number] {
  const [least, most] = [Math.min(...values), Math.max(...values)];
  const span = Math.max((most - least) * (1 + 2 * MARGIN), LEAST_DEGREES / squeeze);
  const middle = (least + most) / 2;
  return [middle - span / 2, middle + span / 2];
}

/** The map grown in one direction until it is as wide for its height as asked, e.g. 1.6. */
export function shaped(map: PlainMap, aspect: number): PlainMap {
  const width = (map.east - map.west) * map.squeeze;
  const height = map.north - map.south;
  if (width / height < aspect) {
    const more = ((height * aspect) / map.squeeze - (map.east - map.west)) / 2;
    return { ...map, west: map.west - more, east: map.east + more };
  }
  const more = (width / aspect - height) / 2;
  return { ...map, south: map.south - more, north: map.north + more };
}

/** Where a place is on a picture of the map of this size, from the top left. */
export function projected(map: PlainMap, [latitude, longitude]: Place, width: number, height: number): [number, number] {
  const turned = longitude < map.west ? longitude + 360 : longitude;
  const x = ((turned - map.west) / (map.east - map.west)) * width;
  const y = ((map.north - latitude) / (map.north - map.south)) * height;
  return [x, y];
}

/** The degrees at which lines are drawn: round numbers, about `about` of them. */
export function graticule(from: number, to: number, about: number): number[] {
  const step = roundStep((to - from) / about);
  const first = Math.ceil(from / step - 1e-9);
  const last = Math.floor(to / step + 1e-9);
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, n) => cleaned((first + n) * step));
}

const ROUND = [1, 2, 5, 10];

function roundStep(rough: number): number {
  const power = 10 ** Math.floor(Math.log10(rough));
  const factor = ROUND.find((round) => round * power >= rough * 0.999) ?? 10;
  return factor * power;
}

const cleaned = (degrees: number) => Number(degrees.toFixed(9));

/** A latitude as text such as `56.2° N`. */
export function latitudeText(degrees: number): string {
  return `${plain(Math.abs(degrees))}°${degrees === 0 ? "" : degrees > 0 ? " N" : " S"}`;
}

/** A longitude as text such as `5.5° W`. */
export function longitudeText(degrees: number): string {
  const turned = degrees > 180 ? degrees - 360 : degrees;
  return `${plain(Math.abs(turned))}°${turned === 0 ? "" : turned > 0 ? " E" : " W"}`;
}

const plain = (degrees: number) => String(Number(degrees.toFixed(4)));

/** Places that are the same, counted: many photos of one encounter come from one spot. */
export function gathered<T>(items: readonly T[], placeOf: (item: T) => Place | null): { place: Place; items: T[] }[] {
  const spots = new Map<string, { place: Place; items: T[] }>();
  for (const item of items) {
    const place = placeOf(item);
    if (!place) {
      continue;
    }
    const key = `${place[0].toFixed(5)},${place[1].toFixed(5)}`;
    const spot = spots.get(key) ?? { place, items: [] };
    spot.items.push(item);
    spots.set(key, spot);
  }
  return [...spots.values()];
}
