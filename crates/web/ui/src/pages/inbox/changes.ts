import { send } from "../../api/client";
import type { AnnotationShown, Step } from "../../api/types";
import { signed } from "../../reviewer";
import { isEmpty, sharedPatch, type Draft, type Patch } from "./draft";

const address = (annotation: string) => `/api/v1/annotations/${encodeURIComponent(annotation)}`;

/** Saves what is said of one annotation. */
export function savePatch(annotation: string, patch: Patch): Promise<Step> {
  return send<Step>("PATCH", address(annotation), { ...patch, ...signed() });
}

/** Takes an annotation out of the catalog. */
export function takeOut(annotation: string): Promise<Step> {
  const by = signed().by;
  const query = by === undefined ? "" : `?${new URLSearchParams({ by })}`;
  return send<Step>("DELETE", `${address(annotation)}${query}`);
}

/** What came of changing many: the steps that were made, and the first problem. */
export interface ManyDone {
  steps: Step[];
  problem: unknown;
}

/** Says the same of many annotations, one step after the other; stops at the first problem. */
export function sayOfMany(annotations: readonly AnnotationShown[], labels: Omit<Draft, "region">): Promise<ManyDone> {
  const patches = annotations.map((shown) => ({ shown, patch: sharedPatch(shown, labels) })).filter(({ patch }) => !isEmpty(patch));
  return oneByOne(patches, ({ shown, patch }) => savePatch(shown.annotation, patch));
}

/** Takes many annotations out of the catalog. */
export function takeManyOut(annotations: readonly AnnotationShown[]): Promise<ManyDone> {
  return oneByOne(annotations, (shown) => takeOut(shown.annotation));
}

async function oneByOne<T>(items: readonly T[], change: (item: T) => Promise<Step>): Promise<ManyDone> {
  const steps: Step[] = [];
  try {
    for (const item of items) {
      steps.push(await change(item));
    }
    return { steps, problem: null };
  } catch (problem) {
    return { steps, problem };
  }
}
