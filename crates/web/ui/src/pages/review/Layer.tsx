import { useEffect, useRef, useState } from "preact/hooks";
import type { AnnotationShown } from "../../api/types";
import { t } from "../../strings";
import { annotationWords } from "../../ui";
import { css, type Affine } from "./geometry";
import { isSmall, photoSource, QUICK_SIZE } from "./shelf";
import { FilteredPicture } from "./FilteredPicture";
import { adjustments } from "./view";

interface LayerProps {
  annotation: AnnotationShown;
  /** Photo pixels to pane pixels. */
  map: Affine;
  /** Another layer already says what is seen. */
  silent?: boolean;
}

/** A photo laid into a pane: a quick picture first, the full resolution as soon as it is there. */
export function Layer(props: LayerProps) {
  // Another photo is another layer: what arrives late for the one before must not count for this one.
  return <PhotoLayer key={props.annotation.photo} {...props} />;
}

function PhotoLayer({ annotation, map, silent }: LayerProps) {
  const [state, setState] = useState<"waiting" | "quick" | "full" | "failed">("waiting");
  const picture = useRef<HTMLImageElement>(null);
  const quick = useRef<HTMLImageElement>(null);
  const { localContrast, edges } = adjustments.value;
  const filtered = localContrast || edges;
  const size = { width: annotation.photo_width, height: annotation.photo_height };
  const laid = { width: `${size.width}px`, height: `${size.height}px`, transform: css(map) };
  const isFull = state === "full";

  const onFull = () => void decoded(picture.current).then(() => setState("full"));
  // A picture from the cache can be complete before anybody listens; waiting for its event would show a blank.
  useEffect(() => { if (picture.current?.complete && picture.current.naturalWidth > 0) onFull(); }, []);
  if (state === "failed") return <p class="pane-problem">{t("common.notOpened")}</p>;
  return (
    <div class={filtered ? "layer layer-filtered" : "layer"} data-resolution={state}>
      {!isFull && !isSmall(annotation) && (
        <img ref={quick} class="layer-picture" src={photoSource(annotation, QUICK_SIZE)} alt="" draggable={false} style={laid}
          onLoad={() => setState((before) => (before === "waiting" ? "quick" : before))} />
      )}
      <img ref={picture} class={isFull ? "layer-picture" : "layer-picture layer-waiting"} src={photoSource(annotation)}
        alt={silent ? "" : annotationWords(annotation)} draggable={false} decoding="async" style={laid}
        onLoad={onFull} onError={() => setState("failed")} />
      {filtered && <FilteredPicture source={isFull || isSmall(annotation) ? picture : quick} map={map} size={size} version={isFull} />}
      {state === "waiting" && !silent && <p class="layer-loading">{t("common.loading")}</p>}
    </div>
  );
}

// Until it is decoded it would show nothing, and the quick picture would be gone already.
async function decoded(image: HTMLImageElement | null): Promise<void> {
  await image?.decode().catch(() => undefined);
}
