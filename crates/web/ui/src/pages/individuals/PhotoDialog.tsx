import type { AnnotationShown } from "../../api/types";
import { t } from "../../strings";
import { captureText } from "../catalog/shared/formats";
import { Dialog } from "../../ui";
import { BoxedPhoto } from "../inbox/BoxedPhoto";

/** One photo at a large size, with what is known of it. */
export function PhotoDialog({ annotation, onClose }: { annotation: AnnotationShown; onClose: () => void }) {
  const photo = {
    photo: annotation.photo,
    file: annotation.file,
    width: annotation.photo_width,
    height: annotation.photo_height,
    date: annotation.date,
    annotations: [annotation],
  };
  const facts = [
    annotation.annotation,
    captureText(annotation.date),
    annotation.species ?? t("individual.noSpecies"),
    annotation.viewpoint ?? t("individual.noSide"),
    ...(annotation.encounter ? [annotation.encounter] : []),
  ];
  return (
    <Dialog open title={annotation.file} wide onClose={onClose}>
      <div class="photo-large" style={{ aspectRatio: `${photo.width} / ${photo.height}`, maxWidth: `calc(66vh * ${photo.width / photo.height})` }}>
        <BoxedPhoto photo={photo} size={1600} />
      </div>
      <p class="muted">{facts.join(" · ")}</p>
      <p><a href={`/media/photos/${annotation.photo}`} target="_blank" rel="noopener">{t("individual.fullSize")}</a></p>
    </Dialog>
  );
}
