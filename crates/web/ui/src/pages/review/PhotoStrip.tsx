import type { Signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { AnnotationShown } from "../../api/types";
import { AnnotationPicture } from "../../ui";

interface PhotoStripProps {
  label: string;
  annotations: AnnotationShown[];
  /** Which of them is shown large. */
  shown: Signal<number>;
}

/** Small pictures of all photos of one animal; the one shown large is marked. */
export function PhotoStrip({ label, annotations, shown }: PhotoStripProps) {
  const strip = useRef<HTMLUListElement>(null);
  useEffect(() => intoView(strip.current, shown.value), [shown.value, annotations]);
  return (
    <ul ref={strip} class="photo-strip" aria-label={label}>
      {annotations.map((annotation, at) => (
        <li key={annotation.annotation}>
          <button type="button" class="strip-photo" aria-current={shown.value === at} onClick={() => { shown.value = at; }}>
            <AnnotationPicture annotation={annotation} size={200} />
          </button>
        </li>
      ))}
    </ul>
  );
}

/** Scrolls the strip alone; `scrollIntoView` would move the page as well. */
export function intoView(list: HTMLElement | null, at: number): void {
  const item = list?.children[at] as HTMLElement | undefined;
  if (!list || !item) return;
  const frame = list.getBoundingClientRect();
  const place = item.getBoundingClientRect();
  if (place.left < frame.left) list.scrollLeft -= frame.left - place.left;
  if (place.right > frame.right) list.scrollLeft += place.right - frame.right;
  if (place.top < frame.top) list.scrollTop -= frame.top - place.top;
  if (place.bottom > frame.bottom) list.scrollTop += place.bottom - frame.bottom;
}
