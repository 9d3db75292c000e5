import { expect, it } from "vitest";
import type { AnnotationShown } from "../../api/types";
import { draftOf, isEmpty, patchOf, sharedPatch } from "./draft";

const shown: AnnotationShown = {
  annotation: "ann-1",
  photo: "0".repeat(64),
  file: "a.jpg",
  photo_width: 100,
  photo_height: 80,
  region: null,
  date: null,
  place: null,
  species: "Tursiops truncatus",
  viewpoint: null,
  quality: "good",
  encounter: null,
  individual: null,
};

it("only what changed is sent", () => {
  expect(isEmpty(patchOf(shown, draftOf(shown)))).toBe(true);
  const box = { x: 1, y: 2, width: 30, height: 40 };
  expect(patchOf(shown, { ...draftOf(shown), viewpoint: " left ", region: box })).toEqual({ viewpoint: "left", region: box });
  expect(patchOf({ ...shown, region: box }, draftOf(shown))).toEqual({ region: "whole" });
});

it("an emptied label is taken away", () => {
  expect(patchOf(shown, { ...draftOf(shown), species: "" })).toEqual({ species: "" });
});

it("labels for many leave empty ones and those said already as they are", () => {
  const labels = { species: "", viewpoint: "left", quality: "good", encounter: "" };
  expect(sharedPatch(shown, labels)).toEqual({ viewpoint: "left" });
});
