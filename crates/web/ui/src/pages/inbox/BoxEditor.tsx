import { useRef } from "preact/hooks";
import type { AnnotationShown, Box } from "../../api/types";
import { t } from "../../strings";
import { annotationWords } from "../../ui";
import { afterKey, fitted, HANDLES, middleBox, moved, resized, spanned, type Extent, type Handle } from "./boxes";

interface BoxEditorProps {
  annotation: AnnotationShown;
  /** `null` is the whole photo. */
  box: Box | null;
  onBox: (box: Box | null) => void;
}

/** The photo with its box: dragged by its middle, edges and corners, moved by arrow keys, or set in numbers. */
export function BoxEditor({ annotation, box, onBox }: BoxEditorProps) {
  const photo = { width: annotation.photo_width, height: annotation.photo_height };
  return (
    <div class="box-editor">
      <BoxStage annotation={annotation} photo={photo} box={box} onBox={onBox} />
      <p class="muted box-keys">{t("inbox.edit.boxKeys")}</p>
      <fieldset class="box-fields">
        <legend class="visually-hidden">{t("inbox.edit.box")}</legend>
        <label class="check">
          <input type="checkbox" checked={box === null} onChange={(event) => onBox(event.currentTarget.checked ? null : middleBox(photo))} />
          {t("inbox.edit.whole")}
        </label>
        {box && <BoxNumbers box={box} photo={photo} onBox={onBox} />}
      </fieldset>
    </div>
  );
}

interface Drag {
  from: [number, number];
  box: Box | null;
  how: Handle | "move" | "draw";
}

// A press that goes less far than this is a click and draws no new box.
const DRAWN_PIXELS = 6;

function BoxStage({ annotation, photo, box, onBox }: BoxEditorProps & { photo: Extent }) {
  const stage = useRef<HTMLDivElement>(null);
  const drag = useRef<Drag | null>(null);

  const at = (event: PointerEvent): [number, number] => {
    const frame = stage.current?.getBoundingClientRect() ?? new DOMRect(0, 0, 1, 1);
    return [((event.clientX - frame.left) / frame.width) * photo.width, ((event.clientY - frame.top) / frame.height) * photo.height];
  };
  const start = (event: PointerEvent) => {
    if (event.button !== 0) {
      return;
    }
    stage.current?.setPointerCapture(event.pointerId);
    drag.current = { from: at(event), box, how: grabbed(event.target) };
  };
  const go = (event: PointerEvent) => {
    const now = drag.current;
    const scale = photo.width / (stage.current?.clientWidth || 1);
    const after = now && dragged(now, at(event), photo, DRAWN_PIXELS * scale);
    if (after) {
      onBox(after);
    }
  };
  const stop = () => {
    drag.current = null;
  };
  const key = (event: KeyboardEvent) => {
    const held = { shift: event.shiftKey, fine: event.altKey || event.ctrlKey };
    const after = box && afterKey(box, event.key, held, photo);
    if (after) {
      event.preventDefault();
      onBox(after);
    }
  };
  return (
    <div
      ref={stage}
      class="box-stage"
      style={{ aspectRatio: `${photo.width} / ${photo.height}`, maxWidth: `calc(58vh * ${photo.width / photo.height})` }}
      onPointerDown={start}
      onPointerMove={go}
      onPointerUp={stop}
      onPointerCancel={stop}
    >
      <img src={`/media/photos/${annotation.photo}?size=1400`} alt={annotationWords(annotation)} width={photo.width} height={photo.height} draggable={false} />
      {box && (
        <div class="box-frame" data-grab="move" style={framed(box, photo)} role="application" tabIndex={0} aria-label={t("inbox.edit.boxAt", { ...fitted(box, photo) })} onKeyDown={key}>
          {HANDLES.map((handle, number) => (
            <span key={number} class="box-handle" data-grab={number} style={{ left: `${(handle.across + 1) * 50}%`, top: `${(handle.down + 1) * 50}%` }} />
          ))}
        </div>
      )}
    </div>
  );
}

function grabbed(target: EventTarget | null): Drag["how"] {
  const grab = target instanceof HTMLElement ? target.dataset["grab"] : undefined;
  return grab === "move" ? "move" : (grab === undefined ? undefined : HANDLES[Number(grab)]) ?? "draw";
}

function dragged({ from, box, how }: Drag, to: [number, number], photo: Extent, least: number): Box | null {
  const [across, down] = [to[0] - from[0], to[1] - from[1]];
  if (how === "draw") {
    return Math.hypot(across, down) < least ? null : spanned(from, to, photo);
  }
  if (!box) {
    return null;
  }
  return how === "move" ? moved(box, across, down, photo) : resized(box, how, across, down, photo);
}

function framed(box: Box, photo: Extent) {
  return {
    left: `${(box.x / photo.width) * 100}%`,
    top: `${(box.y / photo.height) * 100}%`,
    width: `${(box.width / photo.width) * 100}%`,
    height: `${(box.height / photo.height) * 100}%`,
  };
}

function BoxNumbers({ box, photo, onBox }: { box: Box; photo: Extent; onBox: (box: Box) => void }) {
  const sides = [
    { side: "x", label: t("inbox.edit.x") },
    { side: "y", label: t("inbox.edit.y") },
    { side: "width", label: t("inbox.edit.width") },
    { side: "height", label: t("inbox.edit.height") },
  ] as const;
  const set = (side: keyof Box, text: string) => {
    const number = Number(text);
    if (text !== "" && Number.isFinite(number)) {
      onBox(side === "x" || side === "y" ? movedTo(box, side, number, photo) : grownTo(box, side, number, photo));
    }
  };
  return (
    <div class="box-numbers">
      {sides.map(({ side, label }) => (
        <label key={side} class="box-number">
          <span>{label}</span>
          <input type="number" inputMode="numeric" step={1} min={0} value={Math.round(box[side])} onChange={(event) => set(side, event.currentTarget.value)} />
        </label>
      ))}
    </div>
  );
}

function movedTo(box: Box, side: "x" | "y", to: number, photo: Extent): Box {
  return side === "x" ? moved(box, to - box.x, 0, photo) : moved(box, 0, to - box.y, photo);
}

function grownTo(box: Box, side: "width" | "height", to: number, photo: Extent): Box {
  const corner: Handle = { across: 1, down: 1 };
  return side === "width" ? resized(box, corner, to - box.width, 0, photo) : resized(box, corner, 0, to - box.height, photo);
}
