import type { AnnotationShown, Box } from "../api/types";
import { t } from "../strings";
import { Picture } from "./Picture";

/** Where the cut-out of an annotation is, its longer side at most `size` pixels. */
export function annotationSource(annotation: string, size: number, region: Box | null = null): string {
  return `/media/annotations/${encodeURIComponent(annotation)}?size=${size}${boxPart(region)}`;
}

// The server knows the box itself; in the address it only keeps the browser from showing the cut-out of an earlier box.
function boxPart(region: Box | null): string {
  return region ? `&box=${[region.x, region.y, region.width, region.height].map(Math.round).join(",")}` : "";
}

/** What a picture shows, in words: species, side, date, file. */
export function annotationWords(annotation: AnnotationShown): string {
  return [annotation.species ?? t("common.noSpecies"), annotation.viewpoint, annotation.date ?? t("common.noDate"), annotation.file]
    .filter(Boolean)
    .join(", ");
}

/** The animal of an annotation, cut out of its photo. */
export function AnnotationPicture({ annotation, size }: { annotation: AnnotationShown; size: number }) {
  return <Picture src={annotationSource(annotation.annotation, size, annotation.region)} alt={annotationWords(annotation)} />;
}
