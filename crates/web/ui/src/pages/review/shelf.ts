import { getWithEtag } from "../../api/client";
import type { AnnotationShown, Case, QueueOrder } from "../../api/types";

/** The cases read so far, so that the next one is there at once. */
export interface Shelf {
  held: (id: string) => Case | undefined;
  put: (found: Case) => void;
  drop: (id: string) => void;
  dropAll: () => void;
  /** Reads a case anew; two who ask at once share one answer. */
  read: (id: string) => Promise<Case>;
  /** Reads a case with a question that is asked now, not one that may be on its way since before a change. */
  readAnew: (id: string) => Promise<Case>;
  /** Reads what is not held yet; failures wait until the case is opened. */
  prefetch: (ids: string[]) => void;
}

// Enough to go back and forth; a day's work must not fill the memory of a tablet.
const MOST_HELD = 30;

/** Makes an empty shelf; `preload` gets every case that arrives ahead of time, `order` says in which order cases follow. */
export function createShelf(preload: (found: Case) => void, order: () => QueueOrder): Shelf {
  const cases = new Map<string, Case>();
  const asked = new Map<string, Promise<Case>>();

  function hold(found: Case): void {
    // Taken out first, so that it counts as the latest.
    cases.delete(found.case);
    cases.set(found.case, found);
    const [oldest] = cases.keys();
    if (cases.size > MOST_HELD && oldest) cases.delete(oldest);
  }

  async function fetchCase(id: string, isNewest: () => boolean): Promise<Case> {
    try {
      const { value, etag } = await getWithEtag<Case>(`/api/v1/cases/${encodeURIComponent(id)}?order=${order()}`);
      const found = { ...value, etag: etag || quoted(value.etag) };
      if (isNewest()) hold(found);
      return found;
    } finally {
      if (isNewest()) asked.delete(id);
    }
  }

  function readAnew(id: string): Promise<Case> {
    const reading = fetchCase(id, () => asked.get(id) === reading);
    asked.set(id, reading);
    return reading;
  }

  return {
    held: (id) => cases.get(id),
    put: (found) => hold({ ...found, etag: quoted(found.etag) }),
    drop: (id) => { cases.delete(id); },
    // What is on its way was asked before the change, and must not come onto the shelf.
    dropAll: () => { cases.clear(); asked.clear(); },
    read: (id) => asked.get(id) ?? readAnew(id),
    readAnew,
    prefetch: (ids) => {
      for (const id of ids) if (!cases.has(id) && !asked.has(id)) readAnew(id).then(() => { const found = cases.get(id); if (found) preload(found); }, () => undefined);
    },
  };
}

/** A strong ETag as it goes into `If-Match`. */
export function quoted(etag: string): string {
  return etag.startsWith('"') ? etag : `"${etag}"`;
}

/** Where the whole photo of an annotation is; with `size`, its longer side at most that long. */
export function photoSource(annotation: AnnotationShown, size?: number): string {
  const path = `/media/photos/${encodeURIComponent(annotation.photo)}`;
  return size ? `${path}?size=${size}` : path;
}

/** The longer side of the picture shown until the full resolution is there. */
export const QUICK_SIZE = 1600;

/** Whether a photo is so small that the quick picture would be the photo itself. */
export function isSmall(annotation: AnnotationShown): boolean {
  return Math.max(annotation.photo_width, annotation.photo_height) <= QUICK_SIZE;
}

/** Brings the pictures of a case that are shown first into the browser's cache. */
export function preloadPictures(found: Case): void {
  if (typeof Image === "undefined") return;
  const first = [found.query[0], found.candidates[0]?.annotations[0]].filter((annotation) => annotation !== undefined);
  // The quick pictures of both sides first: they are what the next case opens with.
  const sources = [
    ...first.filter((annotation) => !isSmall(annotation)).map((annotation) => photoSource(annotation, QUICK_SIZE)),
    ...first.map((annotation) => photoSource(annotation)),
  ];
  for (const source of sources) {
    const image = new Image();
    image.decoding = "async";
    image.src = source;
  }
}
