import type { ComponentChildren } from "preact";
import { useRef } from "preact/hooks";
import type { AnnotationShown } from "../../api/types";
import { t } from "../../strings";
import { isAtFit, useGestures, usePlace } from "./gestures";
import { Layer } from "./Layer";
import { Loupe } from "./Loupe";
import { adjustments, flicker, maps, opacity, overlay, picking, pickMiddle, shown, swipe, type Side } from "./view";

interface StageProps {
  side: Side;
  label: string;
  /** Shown instead of a picture where there is none. */
  children?: ComponentChildren;
}

/** The space of one picture: zoom, pan, and what is laid over it. */
export function Stage({ side, label, children }: StageProps) {
  const stage = useRef<HTMLDivElement>(null);
  useGestures(stage, side);
  usePlace(stage, side);
  const annotation = shown[side].value;
  const { brightness, contrast } = adjustments.value;
  const light = brightness === 1 && contrast === 1 ? "none" : `brightness(${brightness}) contrast(${contrast})`;
  const touch = isAtFit(side) && !picking.value ? "pan-y" : "none";
  return (
    <div ref={stage} class={picking.value ? "stage stage-picking" : "stage"} role="group" aria-label={label} tabIndex={0}
      style={{ touchAction: touch }}
      onKeyDown={(event) => { if (event.key === "Enter" && picking.value) { event.preventDefault(); if (!event.repeat) pickMiddle(side); } }}>
      <div class="stage-pictures" style={{ filter: light }}>
        {annotation && <Layer annotation={annotation} map={maps[side].value} />}
        {side === "left" && <Over />}
      </div>
      {annotation && <Loupe side={side} annotation={annotation} map={maps[side].value} />}
      {side === "left" && flicker.value && shown.right.value && <p class="stage-word">{t("view.flicker.on")}</p>}
      {picking.value && annotation && <span class="crosshair" aria-hidden="true" />}
      {!annotation && children}
    </div>
  );
}

/** The right picture over the left one: for flicker, overlay and swipe. */
function Over() {
  const annotation: AnnotationShown | null = shown.right.value;
  const how = flicker.value ? "flicker" : overlay.value;
  if (!annotation) return null;
  // Kept in place while unseen, so that a flicker shows it at once.
  const look = {
    visibility: how === "off" ? "hidden" as const : "visible" as const,
    opacity: how === "blend" ? String(opacity.value) : "1",
    clipPath: how === "swipe" ? `inset(0 0 0 ${swipe.value * 100}%)` : "none",
  };
  return (
    <div class={how === "flicker" || how === "swipe" ? "over over-opaque" : "over"} style={look}>
      <Layer annotation={annotation} map={maps.rightInLeft.value} silent />
    </div>
  );
}
