import { useState } from "preact/hooks";
import type { AnnotationShown } from "../../api/types";
import { t } from "../../strings";
import { captureText } from "../catalog/shared/formats";

/** A photo as far as it is needed to show it with boxes. */
export interface BoxedPhotoOf {
  photo: string;
  file: string;
  width: number;
  height: number;
  date: string | null;
  annotations: AnnotationShown[];
}

/** A whole photo with the boxes of its animals drawn on it; numbered where there are several. */
export function BoxedPhoto({ photo, size }: { photo: BoxedPhotoOf; size: number }) {
  const [failed, setFailed] = useState(false);
  if (failed) {
    return <span class="boxed-photo picture-failed">{t("common.notOpened")}</span>;
  }
  return (
    <span class="boxed-photo">
      <img
        src={`/media/photos/${photo.photo}?size=${size}`}
        alt={t("inbox.photoAlt", { file: photo.file, date: captureText(photo.date) })}
        width={photo.width}
        height={photo.height}
        loading="lazy"
        decoding="async"
        draggable={false}
        onError={() => setFailed(true)}
      />
      {/* Fitted into its frame exactly as the picture is. */}
      <svg viewBox={`0 0 ${photo.width} ${photo.height}`} preserveAspectRatio="xMidYMid meet" aria-hidden="true">
        {photo.annotations.map((annotation, index) => (
          <BoxMark key={annotation.annotation} annotation={annotation} photo={photo} number={photo.annotations.length > 1 ? index + 1 : null} />
        ))}
      </svg>
    </span>
  );
}

function BoxMark({ annotation, photo, number }: { annotation: AnnotationShown; photo: BoxedPhotoOf; number: number | null }) {
  const box = annotation.region;
  if (!box) {
    return null;
  }
  const letter = Math.max(photo.width, photo.height) / 16;
  return (
    <g class={annotation.individual ? "box-mark box-mark-named" : "box-mark"}>
      <rect class="box-mark-under" x={box.x} y={box.y} width={box.width} height={box.height} vector-effect="non-scaling-stroke" />
      <rect class="box-mark-line" x={box.x} y={box.y} width={box.width} height={box.height} vector-effect="non-scaling-stroke" />
      {number !== null && (
        <>
          <rect class="box-mark-label" x={box.x} y={box.y} width={letter} height={letter * 1.2} />
          <text x={box.x + letter / 2} y={box.y + letter * 0.95} font-size={letter} text-anchor="middle">{number}</text>
        </>
      )}
    </g>
  );
}
