import type { AnnotationShown } from "../../api/types";
import { t } from "../../strings";
import { counted } from "../catalog/shared/formats";
import { PhotoTile } from "./PhotoTile";
import { bySide } from "./sides";

interface SidesProps {
  annotations: readonly AnnotationShown[];
  selected: ReadonlySet<string>;
  onSelect: (annotation: string, through: boolean) => void;
  onOpen: (annotation: AnnotationShown) => void;
}

/** The photos of an individual by side, the best first. */
export function Sides({ annotations, selected, onSelect, onOpen }: SidesProps) {
  return (
    <section aria-labelledby="sides-title">
      <h2 id="sides-title">{t("individual.photos")}</h2>
      {bySide(annotations).map((group) => (
        <section key={group.side} class="side" aria-label={t(`side.${group.side}`)}>
          <h3>{t(`side.${group.side}`)} <span class="muted">{counted(group.annotations.length, "photos")}</span></h3>
          <ul class="tiles">
            {group.annotations.map((shown) => (
              <PhotoTile key={shown.annotation} annotation={shown} chosen={selected.has(shown.annotation)} onSelect={onSelect} onOpen={onOpen} />
            ))}
          </ul>
        </section>
      ))}
    </section>
  );
}
