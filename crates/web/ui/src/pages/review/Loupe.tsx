import type { AnnotationShown } from "../../api/types";
import { compose, css, scaled, shift, type Affine } from "./geometry";
import { photoSource } from "./shelf";
import { loupe, places, pointer, type Side } from "./view";

const RADIUS = 90;
const POWER = 3;

/** A round glass at the pointer, in both panes at the same place; in the middle where no pointer is. */
export function Loupe({ side, annotation, map }: { side: Side; annotation: AnnotationShown; map: Affine }) {
  if (!loupe.value) return null;
  const pane = places[side].value;
  const at = pointer.value ?? { x: pane.width / 2, y: pane.height / 2 };
  const through = compose(compose(shift(RADIUS, RADIUS), scaled(POWER)), compose(shift(-at.x, -at.y), map));
  const place = { left: `${at.x - RADIUS}px`, top: `${at.y - RADIUS}px`, width: `${RADIUS * 2}px`, height: `${RADIUS * 2}px` };
  return (
    <div class="loupe" style={place} aria-hidden="true">
      <img class="layer-picture" src={photoSource(annotation)} alt="" draggable={false}
        style={{ width: `${annotation.photo_width}px`, height: `${annotation.photo_height}px`, transform: css(through) }} />
    </div>
  );
}
