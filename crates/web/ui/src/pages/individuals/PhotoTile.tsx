import type { AnnotationShown } from "../../api/types";
import { t } from "../../strings";
import { AnnotationPicture, annotationWords } from "../../ui";
import { captureText } from "../catalog/shared/formats";
import { isGrade } from "./sides";

interface PhotoTileProps {
  annotation: AnnotationShown;
  chosen: boolean;
  onSelect: (annotation: string, through: boolean) => void;
  onOpen: (annotation: AnnotationShown) => void;
}

/** One photo of an individual, to be looked at or selected. */
export function PhotoTile({ annotation, chosen, onSelect, onOpen }: PhotoTileProps) {
  const words = annotationWords(annotation);
  const quality = annotation.quality;
  return (
    <li class={chosen ? "tile tile-chosen" : "tile"}>
      <button type="button" class="tile-open" aria-label={t("individual.openPhoto", { what: words })} onClick={() => onOpen(annotation)}>
        <AnnotationPicture annotation={annotation} size={300} />
      </button>
      <div class="tile-line">
        <label class="check-target">
          <input type="checkbox" checked={chosen} aria-label={t("inbox.select", { what: words })} onClick={(event) => onSelect(annotation.annotation, event.shiftKey)} />
        </label>
        <span class="tile-words">
          <span>{captureText(annotation.date)}</span>
          <span class="muted">{[annotation.viewpoint ?? t("individual.noSide"), isGrade(quality) ? t(`quality.${quality}`) : (quality ?? t("individual.noQuality"))].join(" · ")}</span>
        </span>
      </div>
    </li>
  );
}
