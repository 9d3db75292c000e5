import { describe, expect, it } from "vitest";
import type { AnnotationShown } from "../../api/types";
import { annotationOf as shown } from "../../testing";
import { bySide, sideOf } from "./sides";
import { meetings, yearOf } from "./timeline";

const ids = (annotations: readonly AnnotationShown[]) => annotations.map((one) => one.annotation);

describe("the timeline", () => {
  it("groups by encounter, latest first, undated last", () => {
    const all = meetings([
      shown("ann-1", { encounter: "a", date: "2020-05-01 10:00:00" }),
      shown("ann-2", { encounter: "b", date: "2022-05-01" }),
      shown("ann-3", { encounter: "a", date: "2020-05-01 09:00:00" }),
      shown("ann-4", {}),
    ]);
    expect(all.map((one) => ids(one.annotations))).toEqual([["ann-2"], ["ann-3", "ann-1"], ["ann-4"]]);
    expect(all[1]).toMatchObject({ from: "2020-05-01 09:00:00", to: "2020-05-01 10:00:00" });
  });

  it("goes by the day where no encounter is stated", () => {
    const all = meetings([
      shown("ann-1", { date: "2020-05-01 10:00:00" }),
      shown("ann-2", { date: "2020-05-01 11:00:00" }),
      shown("ann-3", { date: "2020-05-02" }),
    ]);
    expect(all.map((one) => ids(one.annotations))).toEqual([["ann-3"], ["ann-1", "ann-2"]]);
  });

  it("knows the year", () => {
    expect(yearOf("2020-05-01")).toBe("2020");
    expect(yearOf(null)).toBeNull();
  });
});

describe("sides", () => {
  it("are read from viewpoints in one word", () => {
    expect(sideOf("left")).toBe("left");
    expect(sideOf("frontright")).toBe("right");
    expect(sideOf("front")).toBe("other");
    expect(sideOf(null)).toBe("other");
  });

  it("have the best photo first", () => {
    const sides = bySide([
      shown("ann-1", { viewpoint: "left", quality: "junk" }),
      shown("ann-2", { viewpoint: "left", region: { x: 0, y: 0, width: 5, height: 5 } }),
      shown("ann-3", { viewpoint: "left", quality: "excellent", region: { x: 0, y: 0, width: 5, height: 5 } }),
      shown("ann-4", { viewpoint: "left" }),
      shown("ann-5", { viewpoint: "up" }),
    ]);
    expect(sides.map((one) => one.side)).toEqual(["left", "other"]);
    expect(ids(sides[0]?.annotations ?? [])).toEqual(["ann-3", "ann-4", "ann-2", "ann-1"]);
  });
});
