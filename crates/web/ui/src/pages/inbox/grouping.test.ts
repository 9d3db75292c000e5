import { describe, expect, it } from "vitest";
import type { AnnotationShown, PhotoShown } from "../../api/types";
import { annotationOf } from "../../testing";
import { byEncounter, encountersIn, selectedAfter, unidentifiedIn } from "./grouping";

function annotation(id: string, encounter: string | null, name?: string): AnnotationShown {
  return annotationOf(id, { encounter, individual: name ? { id: "ind-1", name } : null });
}

function photo(...annotations: AnnotationShown[]): PhotoShown {
  return { photo: "0".repeat(64), file: "a.jpg", width: 100, height: 80, date: null, annotations };
}

describe("photos by encounter", () => {
  it("keep their order and put those of no encounter last", () => {
    const photos = [photo(annotation("ann-1", null)), photo(annotation("ann-2", "b")), photo(annotation("ann-3", "a")), photo(annotation("ann-4", "b"))];
    const groups = byEncounter(photos);
    expect(groups.map((group) => group.encounter)).toEqual(["b", "a", null]);
    expect(groups[0]?.photos).toEqual([photos[1], photos[3]]);
  });

  it("go by the unidentified animal where there are several", () => {
    const both = photo(annotation("ann-1", "a", "Luna"), annotation("ann-2", "b"));
    expect(byEncounter([both])[0]?.encounter).toBe("b");
    expect(unidentifiedIn([both]).map((shown) => shown.annotation)).toEqual(["ann-2"]);
    expect(encountersIn([both, both])).toEqual(["a", "b"]);
  });
});

describe("selecting", () => {
  const order = ["ann-1", "ann-2", "ann-3", "ann-4"];

  it("takes one in and out", () => {
    const one = selectedAfter(new Set(), order, "ann-2", null);
    expect([...one]).toEqual(["ann-2"]);
    expect([...selectedAfter(one, order, "ann-2", null)]).toEqual([]);
  });

  it("takes all between with Shift, in both directions", () => {
    expect([...selectedAfter(new Set(["ann-4"]), order, "ann-2", "ann-4")].sort()).toEqual(["ann-2", "ann-3", "ann-4"]);
    expect([...selectedAfter(new Set(["ann-1"]), order, "ann-3", "ann-1")]).toEqual(["ann-1", "ann-2", "ann-3"]);
  });

  it("takes one alone where the last clicked one is gone", () => {
    expect([...selectedAfter(new Set(), order, "ann-2", "ann-9")]).toEqual(["ann-2"]);
  });
});
