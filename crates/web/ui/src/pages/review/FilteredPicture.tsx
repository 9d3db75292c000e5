import { useEffect, useRef } from "preact/hooks";
import type { Affine, Size } from "./geometry";
import { raiseLocalContrast, showEdges } from "./pixels";
import { adjustments } from "./view";

interface FilteredPictureProps {
  source: { current: HTMLImageElement | null };
  map: Affine;
  /** The photo's size at full resolution. */
  size: Size;
  /** Changes when the source has become sharper. */
  version: boolean;
}

/** What is seen of a photo, with local contrast or edges worked out at the resolution of the screen. */
export function FilteredPicture({ source, map, size, version }: FilteredPictureProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const { localContrast, edges } = adjustments.value;
  useEffect(() => {
    const paint = () => {
      const [target, picture] = [canvas.current, source.current];
      if (target && picture?.complete && picture.naturalWidth > 0) draw(target, picture, map, size, { localContrast, edges });
    };
    const frame = requestAnimationFrame(paint);
    // The source may still be on its way.
    source.current?.addEventListener("load", paint);
    const listened = source.current;
    return () => { cancelAnimationFrame(frame); listened?.removeEventListener("load", paint); };
  }, [map, size.width, size.height, localContrast, edges, version]);
  return <canvas ref={canvas} class="layer-canvas" aria-hidden="true" />;
}

function draw(canvas: HTMLCanvasElement, picture: HTMLImageElement, map: Affine, size: Size, filters: { localContrast: boolean; edges: boolean }) {
  const density = Math.min(2, devicePixelRatio || 1);
  canvas.width = Math.max(1, Math.round(canvas.clientWidth * density));
  canvas.height = Math.max(1, Math.round(canvas.clientHeight * density));
  const context = canvas.getContext("2d", { willReadFrequently: true });
  if (!context) return;
  const [a, b, c, d, e, f] = map;
  context.setTransform(a * density, b * density, c * density, d * density, e * density, f * density);
  context.imageSmoothingQuality = "high";
  context.drawImage(picture, 0, 0, size.width, size.height);
  const pixels = context.getImageData(0, 0, canvas.width, canvas.height);
  if (filters.localContrast) raiseLocalContrast(pixels);
  if (filters.edges) showEdges(pixels);
  context.putImageData(pixels, 0, 0);
}
