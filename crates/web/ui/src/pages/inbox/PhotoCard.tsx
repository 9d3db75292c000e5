import type { AnnotationShown, PhotoShown } from "../../api/types";
import { href } from "../../router";
import { t } from "../../strings";
import { Button, Tag } from "../../ui";
import { captureText, listed } from "../catalog/shared/formats";
import { isGrade } from "../individuals/sides";
import { BoxedPhoto } from "./BoxedPhoto";

interface PhotoCardProps {
  photo: PhotoShown;
  selected: ReadonlySet<string>;
  onSelect: (annotation: string, through: boolean) => void;
  onEdit: (annotation: string) => void;
}

/** One photo with its boxes and what is said of each animal in it. */
export function PhotoCard({ photo, selected, onSelect, onEdit }: PhotoCardProps) {
  const several = photo.annotations.length > 1;
  const first = photo.annotations.find((annotation) => !annotation.individual);
  return (
    <li class="photo-card">
      <button type="button" class="photo-open" disabled={!first} aria-label={t("inbox.open", { file: photo.file })} onClick={() => first && onEdit(first.annotation)}>
        <BoxedPhoto photo={photo} size={500} />
      </button>
      <div class="photo-head">
        <span class="file-name" title={photo.file}>{photo.file}</span>
        <span class="muted">{captureText(photo.date)}</span>
      </div>
      <ul class="photo-animals">
        {photo.annotations.map((annotation, index) => (
          <AnimalLine
            key={annotation.annotation}
            annotation={annotation}
            number={several ? index + 1 : null}
            chosen={selected.has(annotation.annotation)}
            onSelect={onSelect}
            onEdit={onEdit}
          />
        ))}
      </ul>
    </li>
  );
}

interface AnimalLineProps extends Pick<PhotoCardProps, "onSelect" | "onEdit"> {
  annotation: AnnotationShown;
  /** The number on its box, where the photo has several. */
  number: number | null;
  chosen: boolean;
}

function AnimalLine({ annotation, number, chosen, onSelect, onEdit }: AnimalLineProps) {
  const id = annotation.annotation;
  const what = t("inbox.animal", { annotation: id, file: annotation.file });
  return (
    <li class="animal">
      {number !== null && <span class="animal-number">{number}</span>}
      {annotation.individual ? (
        <a class="animal-name" href={href("individuals", annotation.individual.id)}>{annotation.individual.name}</a>
      ) : (
        <>
          <label class="check-target">
            <input type="checkbox" checked={chosen} aria-label={t("inbox.select", { what })} onClick={(event) => onSelect(id, event.shiftKey)} />
          </label>
          <AnimalWords annotation={annotation} />
          <Button look="quiet" aria-label={t("inbox.editWhat", { what })} onClick={() => onEdit(id)}>{t("inbox.edit")}</Button>
        </>
      )}
    </li>
  );
}

function AnimalWords({ annotation }: { annotation: AnnotationShown }) {
  const { species, viewpoint, quality } = annotation;
  const notKnown = [
    ...(species ? [] : [t("label.species")]),
    ...(viewpoint ? [] : [t("label.viewpoint")]),
    ...(quality ? [] : [t("label.quality")]),
  ].map((label) => label.toLocaleLowerCase());
  return (
    <span class="animal-words">
      {species && <Tag>{species}</Tag>}
      {viewpoint && <Tag>{viewpoint}</Tag>}
      {quality && <Tag tone={quality === "junk" || quality === "poor" ? "warn" : "accent"}>{isGrade(quality) ? t(`quality.${quality}`) : quality}</Tag>}
      {notKnown.length > 0 && <span class="muted">{t("inbox.notKnown", { what: listed(notKnown) })}</span>}
    </span>
  );
}
