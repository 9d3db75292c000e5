import { describe, expect, it } from "vitest";
import { gathered, graticule, latitudeText, longitudeText, mapOf, projected, shaped } from "./projection";

describe("a plain map", () => {
  it("shows every place inside, north up and east right", () => {
    const map = mapOf([[56, -6], [57, -5]]);
    expect(map).not.toBeNull();
    if (!map) return;
    const [west, south] = projected(map, [56, -6], 100, 100);
    const [east, north] = projected(map, [57, -5], 100, 100);
    expect(west).toBeLessThan(east);
    expect(north).toBeLessThan(south);
    for (const part of [west, south, east, north]) {
      expect(part).toBeGreaterThan(0);
      expect(part).toBeLessThan(100);
    }
  });

  it("of one place puts it in the middle", () => {
    const map = mapOf([[10, 20]]);
    expect(map && projected(map, [10, 20], 100, 50)).toEqual([50, 25]);
  });

  it("of nothing is none", () => {
    expect(mapOf([])).toBeNull();
  });

  it("keeps degrees true: one of longitude is as wide as its cosine", () => {
    const map = mapOf([[60, 0], [60, 4]]);
    expect(map?.squeeze).toBeCloseTo(0.5);
    const wide = map && shaped(map, 2);
    expect(wide && ((wide.east - wide.west) * wide.squeeze) / (wide.north - wide.south)).toBeCloseTo(2);
  });

  it("goes across the date line the short way", () => {
    const map = mapOf([[0, 179], [0, -179]]);
    expect(map && map.east - map.west).toBeLessThan(5);
    const x = map && projected(map, [0, -179], 100, 100)[0];
    expect(x).toBeGreaterThan(50);
    expect(x).toBeLessThan(100);
  });
});

describe("the graticule", () => {
  it("has round numbers", () => {
    expect(graticule(-6.3, -4.1, 4)).toEqual([-6, -5]);
    expect(graticule(56.001, 56.011, 5)).toEqual([56.002, 56.004, 56.006, 56.008, 56.01]);
    expect(graticule(0, 10, 2)).toEqual([0, 5, 10]);
  });

  it("is labelled with the half of the globe", () => {
    expect(latitudeText(-33.5)).toBe("33.5° S");
    expect(latitudeText(0)).toBe("0°");
    expect(longitudeText(181)).toBe("179° W");
    expect(longitudeText(12)).toBe("12° E");
  });
});

it("the same places are one spot", () => {
  const spots = gathered([{ place: [1, 2] as const }, { place: [1, 2] as const }, { place: null }], (item) => item.place);
  expect(spots).toHaveLength(1);
  expect(spots[0]?.items).toHaveLength(2);
});
