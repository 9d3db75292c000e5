import { useEffect } from "preact/hooks";
import { AT_FIT, pinch, type Point } from "./geometry";
import { cameras, fitAgain, look, pan, pick, picking, places, pointer, zoom, type Side } from "./view";

const WHEEL_STEP = 0.0016;
// Less than this is a click with an unsteady hand.
const CLICK_PIXELS = 4;

/** Wheel, drag, pinch, double click and the pointer's place, for one pane. */
export function useGestures(stage: { current: HTMLElement | null }, side: Side): void {
  useEffect(() => (stage.current ? follow(stage.current, side) : undefined), [side]);
}

function follow(node: HTMLElement, side: Side): () => void {
  const fingers = new Map<number, Point>();
  let start: Point | null = null;
  let moved = false;

  const at = (event: MouseEvent): Point => {
    const frame = node.getBoundingClientRect();
    return { x: event.clientX - frame.left, y: event.clientY - frame.top };
  };

  function wheel(event: WheelEvent) {
    event.preventDefault();
    const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 16 : 1;
    // Pinching on a touch pad arrives as a wheel with Ctrl and small steps.
    const step = event.ctrlKey ? WHEEL_STEP * 5 : WHEEL_STEP;
    zoom(side, Math.exp(-event.deltaY * lines * step), at(event));
  }

  function down(event: PointerEvent) {
    if (event.button !== 0) return;
    fingers.set(event.pointerId, at(event));
    start = at(event);
    moved = fingers.size > 1;
    node.setPointerCapture(event.pointerId);
  }

  function move(event: PointerEvent) {
    const now = at(event);
    pointer.value = now;
    const before = fingers.get(event.pointerId);
    if (!before) return;
    if (start && Math.hypot(now.x - start.x, now.y - start.y) > CLICK_PIXELS) moved = true;
    if (fingers.size === 2) spread(event.pointerId, before, now);
    else if (moved) pan(side, now.x - before.x, now.y - before.y);
    if (moved) fingers.set(event.pointerId, now);
  }

  function spread(id: number, before: Point, now: Point) {
    const other = [...fingers].find(([finger]) => finger !== id)?.[1];
    if (other) look(side, (camera, pane) => pinch(camera, [before, other], [now, other], pane));
  }

  function up(event: PointerEvent) {
    if (fingers.delete(event.pointerId) && !moved && event.type === "pointerup" && picking.value) pick(side, at(event));
  }

  const leave = () => { pointer.value = null; };
  const double = () => { if (!picking.value) fitAgain(); };

  const gone = new AbortController();
  const { signal } = gone;
  node.addEventListener("wheel", wheel, { passive: false, signal });
  node.addEventListener("pointerdown", down, { signal });
  node.addEventListener("pointermove", move, { signal });
  node.addEventListener("pointerup", up, { signal });
  node.addEventListener("pointercancel", up, { signal });
  node.addEventListener("pointerleave", leave, { signal });
  node.addEventListener("dblclick", double, { signal });
  return () => gone.abort();
}

/** Keeps where a pane lies, within its nearest positioned ancestor, up to date. */
export function usePlace(stage: { current: HTMLElement | null }, side: Side): void {
  useEffect(() => {
    const node = stage.current;
    if (!node) return undefined;
    const measure = () => {
      const place = { x: node.offsetLeft, y: node.offsetTop, width: node.clientWidth, height: node.clientHeight };
      const before = places[side].value;
      if (place.width === 0) return;
      const same = place.x === before.x && place.y === before.y && place.width === before.width && place.height === before.height;
      if (!same) places[side].value = place;
    };
    const observer = new ResizeObserver(measure);
    observer.observe(node);
    if (node.offsetParent) observer.observe(node.offsetParent);
    measure();
    return () => observer.disconnect();
  }, [side]);
}

/** Whether a pane shows its fit; a finger then scrolls the page instead of the picture. */
export function isAtFit(side: Side): boolean {
  const camera = cameras[side].value;
  return camera.zoom === AT_FIT.zoom && camera.x === AT_FIT.x && camera.y === AT_FIT.y;
}
