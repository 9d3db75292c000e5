// How the two pictures are looked at. Nothing here changes a photo or the catalog.
import { batch, computed, signal } from "@preact/signals";
import type { AnnotationShown, Box } from "../../api/types";
import { tell } from "../../notice";
import { storedSignal } from "../../stored";
import { t } from "../../strings";
import {
  apply, AT_FIT, compose, fit, IDENTITY, invert, mirrorAcross, panBy, similarity, toPane, zoomAt,
  type Affine, type Camera, type Point, type Size,
} from "./geometry";
import { review } from "./session";

/** The two panes: the query on the left, the candidate on the right. */
export type Side = "left" | "right";

/** Where a pane lies within both panes' common frame, in screen pixels. */
export type Place = Size & Point;

/** How both pictures lie over each other, if they do. */
export type Overlay = "off" | "blend" | "swipe";

/** Light and filters, for looking only. */
export interface Adjustments { brightness: number; contrast: number; localContrast: boolean; edges: boolean }

/** The picture as it is. */
export const PLAIN: Adjustments = { brightness: 1, contrast: 1, localContrast: false, edges: false };

const NOWHERE: Place = { x: 0, y: 0, width: 1, height: 1 };

/** Where both panes lie. */
export const places = { left: signal<Place>(NOWHERE), right: signal<Place>(NOWHERE) };
/** What both panes look at. */
export const cameras = { left: signal<Camera>(AT_FIT), right: signal<Camera>(AT_FIT) };
/** Whether both panes zoom and pan in step. */
export const sync = storedSignal("view.sync", true);
/** Whether candidates and history are beside the pictures, or folded away to give these the room. */
export const sideOpen = storedSignal("view.side", true);
/** Whether the whole photo is fitted, not the animal alone. */
export const whole = signal(false);
/** Whether the right picture is mirrored. */
export const mirrored = signal(false);
/** Whether the right picture is shown in the place of the left one. */
export const flicker = signal(false);
/** Whether the loupe is out. */
export const loupe = signal(false);
/** Whether match lines are wished for. */
const matchesShown = signal(false);
/** How both pictures lie over each other now. */
export const overlay = signal<Overlay>("off");
/** How much of the right picture is seen in an overlay, 0 to 1. */
export const opacity = signal(0.5);
/** Where the edge of a swipe lies, 0 (left) to 1 (right). */
export const swipe = signal(0.5);
/** Light and filters now. */
export const adjustments = signal<Adjustments>(PLAIN);
/** Where the pointer is, in pixels of the pane it is in. */
export const pointer = signal<Point | null>(null);

/** Points clicked for an alignment, in photo pixels; `null` while none is being made. */
export const picking = signal<Record<Side, Point[]> | null>(null);

interface Alignment { leftPhoto: string; rightPhoto: string; map: Affine }
const alignment = signal<Alignment | null>(null);

/** The annotations shown large on both sides. */
export const shown = { left: review.queryShown, right: review.candidateShown };

/** Whether two-point alignment is in force for the two photos shown. */
export const aligned = computed(() => alignmentNow() !== null);

function alignmentNow(): Affine | null {
  const found = alignment.value;
  const fits = found && found.leftPhoto === shown.left.value?.annotation && found.rightPhoto === shown.right.value?.annotation;
  return fits ? found.map : null;
}

/** What a pane is fitted to: the box of the animal, or the whole photo. */
export function boxOf(annotation: AnnotationShown, wholePhoto: boolean): Box {
  if (annotation.region && !wholePhoto) return annotation.region;
  return { x: 0, y: 0, width: annotation.photo_width, height: annotation.photo_height };
}

function mirrorOf(annotation: AnnotationShown): Affine {
  const { x, width } = boxOf(annotation, false);
  return mirrorAcross(x + width / 2);
}

function baseOf(annotation: AnnotationShown, pane: Size): Affine {
  return fit(boxOf(annotation, whole.value), pane, whole.value ? 0 : undefined);
}

/** From photo pixels of the right picture to centered pixels of a pane. */
function rightBase(pane: Size): Affine {
  const { left, right } = { left: shown.left.value, right: shown.right.value };
  if (!right) return IDENTITY;
  const map = alignmentNow();
  if (map && left) return compose(baseOf(left, pane), map);
  // Mirrored around the middle of what is fitted, so that it stays where it is.
  const box = boxOf(right, whole.value);
  const mirror = mirrored.value ? mirrorAcross(box.x + box.width / 2) : IDENTITY;
  return compose(baseOf(right, pane), mirror);
}

/** From photo pixels to pane pixels. */
export const maps = {
  left: computed(() => {
    const pane = places.left.value;
    return shown.left.value ? toPane(baseOf(shown.left.value, pane), cameras.left.value, pane) : IDENTITY;
  }),
  right: computed(() => toPane(rightBase(places.right.value), cameras.right.value, places.right.value)),
  /** The right picture in the left's place, for flicker and overlay. */
  rightInLeft: computed(() => toPane(rightBase(places.left.value), cameras.left.value, places.left.value)),
};

function move(side: Side, change: (camera: Camera, pane: Size) => Camera): void {
  const changed = change(cameras[side].value, places[side].value);
  batch(() => {
    cameras[side].value = changed;
    if (sync.value) cameras[side === "left" ? "right" : "left"].value = changed;
  });
}

/** Zooms a pane, and in step the other, around a point (its middle where none is given). */
export function zoom(side: Side, factor: number, at?: Point): void {
  move(side, (camera, pane) => zoomAt(camera, at ?? { x: pane.width / 2, y: pane.height / 2 }, factor, pane));
}

/** Moves what a pane, and in step the other, shows. */
export function pan(side: Side, dx: number, dy: number): void {
  move(side, (camera, pane) => panBy(camera, dx, dy, pane));
}

/** Sets the camera of a pane, and in step of the other. */
export function look(side: Side, change: (camera: Camera, pane: Size) => Camera): void {
  move(side, change);
}

/** Fits both pictures again. */
export function fitAgain(): void {
  batch(() => { cameras.left.value = AT_FIT; cameras.right.value = AT_FIT; });
}

/** Switches moving in step; when it comes on, the right follows the left. */
export function toggleSync(): void {
  batch(() => {
    sync.value = !sync.value;
    if (sync.value) cameras.right.value = cameras.left.value;
  });
}

/** Crop to whole photo and back; both are fitted anew. */
export function toggleWhole(): void {
  batch(() => { whole.value = !whole.value; fitAgain(); });
}

/** Mirrors the right picture; an alignment made before would no longer hold. */
export function toggleMirror(): void {
  batch(() => { mirrored.value = !mirrored.value; alignment.value = null; });
}

/** Overlay off, blended, swiped. */
export function nextOverlay(): void {
  const order: Overlay[] = ["off", "blend", "swipe"];
  overlay.value = order[(order.indexOf(overlay.value) + 1) % order.length]!;
}

/** Whether match lines are drawn now; they would tell a blind observer what the model thinks. */
export const matchesOn = computed(() => matchesShown.value && !review.blind.value);

/** Switches match lines. */
export function toggleMatches(): void {
  if (review.blind.value) return tell(t("review.blindMatches"));
  matchesShown.value = !matchesShown.value;
}

/** Begins or gives up picking points; where an alignment is in force, takes it away. */
export function toggleAlign(): void {
  batch(() => {
    const busy = picking.value !== null || aligned.value;
    alignment.value = null;
    picking.value = busy ? null : { left: [], right: [] };
    if (!busy) overlay.value = "off";
  });
}

/** Sets a point for the alignment at a place of a pane. */
export function pick(side: Side, at: Point): void {
  const points = picking.value;
  if (!points || points[side].length === 2) return;
  const now = { ...points, [side]: [...points[side], apply(invert(maps[side].value), at)] };
  picking.value = now;
  if (now.left.length === 2 && now.right.length === 2) align(now);
}

/** Sets a point at the middle of `side`, or of the other side where `side` has its points. */
export function pickMiddle(side: Side): void {
  const points = picking.value;
  if (!points) return;
  const missing = points[side].length < 2 ? side : side === "left" ? "right" : "left";
  const { width, height } = places[missing].value;
  pick(missing, { x: width / 2, y: height / 2 });
}

function align(points: Record<Side, Point[]>): void {
  const [left, right] = [shown.left.value, shown.right.value];
  picking.value = null;
  if (!left || !right) return;
  const mirror = mirrored.value ? mirrorOf(right) : IDENTITY;
  const from = points.right.map((point) => apply(mirror, point)) as [Point, Point];
  const map = similarity(from, points.left as [Point, Point]);
  if (!map) return tell(t("view.align.same"), { kind: "problem" });
  batch(() => {
    alignment.value = { leftPhoto: left.annotation, rightPhoto: right.annotation, map: compose(map, mirror) };
    sync.value = true;
    cameras.right.value = cameras.left.value;
  });
  tell(t("view.align.done"));
}

/** What is to be done next while points are picked. */
export const pickingWords = computed(() => {
  const points = picking.value;
  if (!points) return "";
  if (points.left.length < 2) return t("view.align.left", { n: points.left.length + 1 });
  return t("view.align.right", { n: points.right.length + 1 });
});

/** A new case is looked at afresh. */
export function resetForCase(): void {
  batch(() => {
    fitAgain();
    whole.value = false;
    mirrored.value = false;
    flicker.value = false;
    loupe.value = false;
    alignment.value = null;
    picking.value = null;
  });
}
