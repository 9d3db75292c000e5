import type { AnnotationShown, MatchLine } from "../../api/types";
import { apply, inside, type Affine, type Point } from "./geometry";
import { matches } from "./matches";
import { boxOf, maps, overlay, picking, places, shown, whole, type Side } from "./view";

// More lines than this hide the marks they are about.
const MOST_LINES = 150;
// Kinds of features differ by dash as well as by color.
const DASHES = ["none", "6 3", "2 3", "8 3 2 3"];

/** What is drawn over both panes: match lines, the box of the animal, points of an alignment. */
export function Marks() {
  return (
    <svg class="marks" aria-hidden="true">
      {whole.value && (["left", "right"] as const).map((side) => <Frame key={side} side={side} />)}
      <MatchLines />
      {picking.value && (["left", "right"] as const).flatMap((side) =>
        picking.value![side].map((point, at) => <PickedPoint key={`${side}${at}`} side={side} point={point} number={at + 1} />))}
    </svg>
  );
}

function onFrame(side: Side, at: Point): Point {
  const place = places[side].value;
  return { x: at.x + place.x, y: at.y + place.y };
}

function Frame({ side }: { side: Side }) {
  const annotation: AnnotationShown | null = shown[side].value;
  if (!annotation?.region || (side === "right" && overlay.value !== "off")) return null;
  const { x, y, width, height } = boxOf(annotation, false);
  const corners = [[x, y], [x + width, y], [x + width, y + height], [x, y + height]]
    .map(([px, py]) => apply(maps[side].value, { x: px!, y: py! }));
  return <polygon class="mark-box" points={corners.map((corner) => { const at = onFrame(side, corner); return `${at.x},${at.y}`; }).join(" ")} />;
}

function MatchLines() {
  const stacked = overlay.value !== "off";
  const right: { side: Side; map: Affine } = stacked ? { side: "left", map: maps.rightInLeft.value } : { side: "right", map: maps.right.value };
  return (
    <>
      {matches.value?.kinds.map((kind, number) => (
        <g key={kind.features} class={`mark-lines mark-lines-${number % DASHES.length}`}>
          {thinned(kind.lines).map((line, at) => <Line key={at} line={line} right={right} dash={DASHES[number % DASHES.length]!} />)}
        </g>
      ))}
    </>
  );
}

function thinned(lines: MatchLine[]): MatchLine[] {
  const every = Math.ceil(lines.length / MOST_LINES);
  return every > 1 ? lines.filter((_, at) => at % every === 0) : lines;
}

function Line({ line, right, dash }: { line: MatchLine; right: { side: Side; map: Affine }; dash: string }) {
  const from = apply(maps.left.value, { x: line.from[0], y: line.from[1] });
  const to = apply(right.map, { x: line.to[0], y: line.to[1] });
  // A line to something out of sight points nowhere.
  if (!inside(from, places.left.value) || !inside(to, places[right.side].value)) return null;
  const [a, b] = [onFrame("left", from), onFrame(right.side, to)];
  return (
    <>
      <line class="mark-halo" x1={a.x} y1={a.y} x2={b.x} y2={b.y} />
      <line x1={a.x} y1={a.y} x2={b.x} y2={b.y} stroke-dasharray={dash} />
      <circle cx={a.x} cy={a.y} r="3" />
      <circle cx={b.x} cy={b.y} r="3" />
    </>
  );
}

function PickedPoint({ side, point, number }: { side: Side; point: Point; number: number }) {
  const at = onFrame(side, apply(maps[side].value, point));
  return (
    <g class="mark-point">
      <circle cx={at.x} cy={at.y} r="9" />
      <text x={at.x} y={at.y + 4} text-anchor="middle">{number}</text>
    </g>
  );
}
