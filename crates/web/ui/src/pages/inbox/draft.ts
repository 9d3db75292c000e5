import type { AnnotationShown, Box } from "../../api/types";
import { sameBox } from "./boxes";

/** What is said of an annotation while it is being edited; an empty text says nothing. */
export interface Draft {
  species: string;
  viewpoint: string;
  quality: string;
  encounter: string;
  /** `null` is the whole photo. */
  region: Box | null;
}

/** What a change sends. */
export interface Patch {
  species?: string;
  viewpoint?: string;
  quality?: string;
  encounter?: string;
  region?: Box | "whole";
}

const TEXTS = ["species", "viewpoint", "quality", "encounter"] as const;

/** The draft that changes nothing. */
export function draftOf(shown: AnnotationShown): Draft {
  return {
    species: shown.species ?? "",
    viewpoint: shown.viewpoint ?? "",
    quality: shown.quality ?? "",
    encounter: shown.encounter ?? "",
    region: shown.region,
  };
}

/** What the draft changes, and no more. */
export function patchOf(shown: AnnotationShown, draft: Draft): Patch {
  const before = draftOf(shown);
  const patch: Patch = {};
  for (const text of TEXTS) {
    const said = draft[text].trim();
    if (said !== before[text]) {
      patch[text] = said;
    }
  }
  if (!sameBox(before.region, draft.region)) {
    patch.region = draft.region ?? "whole";
  }
  return patch;
}

/** Whether a patch changes nothing. */
export function isEmpty(patch: Patch): boolean {
  return Object.keys(patch).length === 0;
}

/** What one set of labels changes of one of many annotations: texts that are not empty and not said already. */
export function sharedPatch(shown: AnnotationShown, labels: Omit<Draft, "region">): Patch {
  const wished = { ...draftOf(shown) };
  for (const text of TEXTS) {
    wished[text] = labels[text].trim() || wished[text];
  }
  return patchOf(shown, wished);
}
