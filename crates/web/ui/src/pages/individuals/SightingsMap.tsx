import { useEffect, useRef, useState } from "preact/hooks";
import type { AnnotationShown } from "../../api/types";
import { t } from "../../strings";
import { counted, daysText } from "../catalog/shared/formats";
import { gathered, graticule, latitudeText, longitudeText, mapOf, projected, shaped, type Place, type PlainMap } from "./projection";

interface Spot {
  place: Place;
  items: AnnotationShown[];
}

/** Where an individual was seen: a plain map with degrees, and the same places as a list. */
export function SightingsMap({ annotations }: { annotations: readonly AnnotationShown[] }) {
  const spots = gathered(annotations, (shown) => shown.place);
  const map = mapOf(spots.map((spot) => spot.place));
  return (
    <section aria-labelledby="map-title">
      <h2 id="map-title">{t("individual.places")}</h2>
      {map === null ? (
        <p class="muted">{t("individual.noPlaces")}</p>
      ) : (
        <div class="places">
          <PlacesMap map={map} spots={spots} />
          <ol class="place-list">{spots.map((spot, index) => <SpotLine key={index} spot={spot} number={index + 1} />)}</ol>
        </div>
      )}
    </section>
  );
}

function SpotLine({ spot, number }: { spot: Spot; number: number }) {
  const dates = spot.items.map((shown) => shown.date).filter((date) => date !== null).sort();
  return (
    <li>
      <span class="spot-number" aria-hidden="true">{number}</span>
      <span>
        {`${latitudeText(spot.place[0])}, ${longitudeText(spot.place[1])}`}
        <br />
        <span class="muted">{[daysText(dates[0] ?? null, dates.at(-1) ?? null), counted(spot.items.length, "photos")].join(" · ")}</span>
      </span>
    </li>
  );
}

const ASPECT = 1.6;
// Room for the labels at the left and below.
const LEFT = 62;
const BELOW = 22;

function PlacesMap({ map, spots }: { map: PlainMap; spots: readonly Spot[] }) {
  const frame = useRef<HTMLDivElement>(null);
  const width = Math.max(240, useWidth(frame));
  const inside = { width: width - LEFT - 8, height: Math.round((width - LEFT) / ASPECT) };
  const shown = shaped(map, inside.width / inside.height);
  // Drawn at the size it is seen at, so that labels stay legible on a small screen.
  return (
    <div ref={frame} class="map-frame">
      <svg class="map" width={width} height={inside.height + BELOW + 8} role="img" aria-label={t("individual.mapAlt", { what: counted(spots.length, "places") })}>
        <g transform={`translate(${LEFT} 8)`}>
          <rect class="map-sea" width={inside.width} height={inside.height} />
          <Parallels map={shown} width={inside.width} height={inside.height} />
          <Meridians map={shown} width={inside.width} height={inside.height} />
          {spots.map((spot, index) => <SpotMark key={index} spot={spot} number={index + 1} at={projected(shown, spot.place, inside.width, inside.height)} />)}
        </g>
      </svg>
    </div>
  );
}

function useWidth(frame: { current: HTMLDivElement | null }): number {
  const [width, setWidth] = useState(480);
  useEffect(() => {
    const node = frame.current;
    if (!node) {
      return undefined;
    }
    const observer = new ResizeObserver(() => setWidth(node.clientWidth));
    observer.observe(node);
    return () => observer.disconnect();
  }, [frame]);
  return width;
}

interface LinesProps {
  map: PlainMap;
  width: number;
  height: number;
}

function Parallels({ map, width, height }: LinesProps) {
  return (
    <>
      {graticule(map.south, map.north, 4).map((latitude) => {
        const y = projected(map, [latitude, map.west], width, height)[1];
        return (
          <g key={latitude}>
            <line class="map-line" x1={0} x2={width} y1={y} y2={y} />
            <text class="map-label" x={-6} y={y + 4} text-anchor="end">{latitudeText(latitude)}</text>
          </g>
        );
      })}
    </>
  );
}

function Meridians({ map, width, height }: LinesProps) {
  return (
    <>
      {graticule(map.west, map.east, Math.max(2, width / 110)).map((longitude) => {
        const x = projected(map, [map.south, longitude], width, height)[0];
        return (
          <g key={longitude}>
            <line class="map-line" x1={x} x2={x} y1={0} y2={height} />
            {x > 24 && x < width - 24 && <text class="map-label" x={x} y={height + 16} text-anchor="middle">{longitudeText(longitude)}</text>}
          </g>
        );
      })}
    </>
  );
}

function SpotMark({ spot, number, at: [x, y] }: { spot: Spot; number: number; at: [number, number] }) {
  return (
    <g class="spot">
      <title>{`${number}: ${latitudeText(spot.place[0])}, ${longitudeText(spot.place[1])}`}</title>
      <circle cx={x} cy={y} r={9} />
      <text x={x} y={y + 4} text-anchor="middle">{number}</text>
    </g>
  );
}
