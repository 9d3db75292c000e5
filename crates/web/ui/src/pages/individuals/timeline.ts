import type { AnnotationShown } from "../../api/types";

/** One encounter with an individual. */
export interface Meeting {
  encounter: string | null;
  /** The first and the last date of its photos; `null` where no photo has one. */
  from: string | null;
  to: string | null;
  annotations: AnnotationShown[];
}

/** The encounters of an individual, latest first; those without dates last. Photos of no encounter go by their day. */
export function meetings(annotations: readonly AnnotationShown[]): Meeting[] {
  const groups = new Map<string, AnnotationShown[]>();
  for (const shown of annotations) {
    const key = shown.encounter === null ? `day ${dayOf(shown.date) ?? ""}` : `encounter ${shown.encounter}`;
    groups.set(key, [...(groups.get(key) ?? []), shown]);
  }
  return [...groups.values()].map(meeting).sort(laterFirst);
}

function meeting(annotations: AnnotationShown[]): Meeting {
  const dates = annotations.map((shown) => shown.date).filter((date) => date !== null).sort();
  return {
    encounter: annotations[0]?.encounter ?? null,
    from: dates[0] ?? null,
    to: dates.at(-1) ?? null,
    annotations: [...annotations].sort((one, other) => (one.date ?? "").localeCompare(other.date ?? "")),
  };
}

function laterFirst(one: Meeting, other: Meeting): number {
  return (other.from ?? "").localeCompare(one.from ?? "");
}

/** The day of a capture time such as `2022-06-15 10:31:07`. */
function dayOf(date: string | null): string | null {
  return date === null ? null : date.slice(0, 10);
}

/** The year of a capture time. */
export function yearOf(date: string | null): string | null {
  return date === null ? null : date.slice(0, 4);
}
