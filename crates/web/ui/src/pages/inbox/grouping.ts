import type { AnnotationShown, PhotoShown } from "../../api/types";

/** Photos of one encounter. */
export interface EncounterGroup {
  /** Its label as the server says it; `null` where no encounter is stated. */
  encounter: string | null;
  photos: PhotoShown[];
}

/** The photos by encounter, in the order in which the encounters first come; those of none come last. */
export function byEncounter(photos: readonly PhotoShown[]): EncounterGroup[] {
  const groups = new Map<string | null, PhotoShown[]>();
  for (const photo of photos) {
    const encounter = encounterOf(photo);
    const group = groups.get(encounter);
    if (group) {
      group.push(photo);
    } else {
      groups.set(encounter, [photo]);
    }
  }
  const all = [...groups].map(([encounter, members]) => ({ encounter, photos: members }));
  return [...all.filter((group) => group.encounter !== null), ...all.filter((group) => group.encounter === null)];
}

// A photo with several animals may be of several encounters: the one of an unidentified animal is what the inbox is about.
function encounterOf(photo: PhotoShown): string | null {
  const asked = photo.annotations.find((annotation) => !annotation.individual && annotation.encounter);
  return (asked ?? photo.annotations.find((annotation) => annotation.encounter))?.encounter ?? null;
}

/** The annotations of these photos that nobody has been named for. */
export function unidentifiedIn(photos: readonly PhotoShown[]): AnnotationShown[] {
  return photos.flatMap((photo) => photo.annotations.filter((annotation) => !annotation.individual));
}

/** The encounters that come in these photos, each once. */
export function encountersIn(photos: readonly PhotoShown[]): string[] {
  const all = photos.flatMap((photo) => photo.annotations.map((annotation) => annotation.encounter));
  return [...new Set(all.filter((encounter) => encounter !== null))];
}

/** The selection after a click on one of the ordered ids; with `through` all from the last clicked one up to it. */
export function selectedAfter(
  selected: ReadonlySet<string>,
  order: readonly string[],
  clicked: string,
  through: string | null,
): Set<string> {
  const after = new Set(selected);
  const add = !selected.has(clicked);
  for (const id of rangeOf(order, through, clicked)) {
    if (add) {
      after.add(id);
    } else {
      after.delete(id);
    }
  }
  return after;
}

function rangeOf(order: readonly string[], from: string | null, to: string): readonly string[] {
  const [start, end] = [from === null ? -1 : order.indexOf(from), order.indexOf(to)];
  if (start < 0 || end < 0) {
    return [to];
  }
  return order.slice(Math.min(start, end), Math.max(start, end) + 1);
}
