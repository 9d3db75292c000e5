import type { AnnotationShown } from "../api/types";
import { t } from "../strings";
import { Picture } from "./Picture";

/** Where the cut-out of an annotation is, its longer side at most `size` pixels. */
export function annotationSource(annotation: string, size: number): string {
  return `/media/annotations/${encodeURIComponent(annotation)}?size=${size}`;
}

/** What a picture shows, in words: species, side, date, file. */
export function annotationWords(annotation: AnnotationShown): string {
  return [annotation.species ?? t("common.noSpecies"), annotation.viewpoint, annotation.date ?? t("common.noDate"), annotation.file]
    .filter(Boolean)
    .join(", ");
}

/** The animal of an annotation, cut out of its photo. */
export function AnnotationPicture({ annotation, size }: { annotation: AnnotationShown; size: number }) {
  return <Picture src={annotationSource(annotation.annotation, size)} alt={annotationWords(annotation)} />;
}
