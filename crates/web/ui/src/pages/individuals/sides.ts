import type { AnnotationShown } from "../../api/types";

/** A side of an animal, as far as photos are shown by it. */
export type Side = "left" | "right" | "other";

/** The grades of quality, worst first. */
export const GRADES = ["junk", "poor", "fair", "good", "excellent"] as const;

/** One of the grades of quality. */
export type Grade = (typeof GRADES)[number];

/** Whether a text is one of the grades. */
export function isGrade(text: string | null): text is Grade {
  return GRADES.some((grade) => grade === text);
}

/** The side that a viewpoint shows: `frontleft` shows the left one. What shows both or neither is `other`. */
export function sideOf(viewpoint: string | null): Side {
  const words = viewpoint?.toLowerCase() ?? "";
  const [left, right] = [words.includes("left"), words.includes("right")];
  if (left === right) {
    return "other";
  }
  return left ? "left" : "right";
}

/** The photos of each side that has any, best first: by grade, then by the size of the animal in pixels. */
export function bySide(annotations: readonly AnnotationShown[]): { side: Side; annotations: AnnotationShown[] }[] {
  const sides: Side[] = ["left", "right", "other"];
  return sides
    .map((side) => ({
      side,
      annotations: annotations.filter((shown) => sideOf(shown.viewpoint) === side).sort(betterFirst),
    }))
    .filter((group) => group.annotations.length > 0);
}

function betterFirst(one: AnnotationShown, other: AnnotationShown): number {
  return gradeOf(other) - gradeOf(one) || pixelsOf(other) - pixelsOf(one);
}

// What nobody has graded stands between poor and fair: neither hidden below junk nor put before what was looked at.
function gradeOf(shown: AnnotationShown): number {
  return isGrade(shown.quality) ? GRADES.indexOf(shown.quality) : 1.5;
}

function pixelsOf(shown: AnnotationShown): number {
  return shown.region ? shown.region.width * shown.region.height : shown.photo_width * shown.photo_height;
}
