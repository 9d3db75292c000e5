import type { AnnotationShown } from "./api/types";

/** An annotation of which nothing is said, for tests; with what is. */
export function annotationOf(id: string, said: Partial<AnnotationShown> = {}): AnnotationShown {
  return {
    annotation: id,
    photo: "0".repeat(64),
    file: `${id}.jpg`,
    photo_width: 100,
    photo_height: 100,
    region: null,
    date: null,
    place: null,
    species: null,
    viewpoint: null,
    quality: null,
    encounter: null,
    individual: null,
    ...said,
  };
}
