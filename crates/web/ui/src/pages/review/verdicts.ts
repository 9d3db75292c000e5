import type { Candidate, Case, Confidence, VerdictWord } from "../../api/types";

/** The choice "none of these" among the candidates. */
export const NEW = "new";

/** What is written beside a verdict before it is given. */
export interface Draft { confidence: Confidence | null; note: string; tag: string; name: string }

/** A draft with nothing in it. */
export const EMPTY_DRAFT: Draft = { confidence: null, note: "", tag: "", name: "" };

/** Whether a verdict settles the case. */
export function closes(verdict: VerdictWord): boolean {
  return verdict === "same" || verdict === "new" || verdict === "bad-photo";
}

/** Whether a verdict is about one candidate. */
export function isAboutCandidate(verdict: VerdictWord): boolean {
  return verdict !== "new" && verdict !== "bad-photo";
}

/** Candidates in the order shown: best first, or by name for a second observer who must not see the model's order. */
export function inOrder(candidates: Candidate[], blind: boolean): Candidate[] {
  if (!blind) return candidates;
  return [...candidates].sort((a, b) => a.individual.name.localeCompare(b.individual.name, undefined, { numeric: true }));
}

/**
 * What a person who decides looks at: were these the same, a refused verdict can be sent again without asking.
 * The steps in `own` are this person's, and no news to them.
 */
export function evidence(found: Case, own: ReadonlySet<string>): string {
  const query = found.query.map(({ annotation, individual, quality }) => [annotation, individual?.id, quality]);
  const said = found.candidates.flatMap((candidate) => candidate.verdicts.map((verdict) => verdict.step));
  return JSON.stringify([found.open, query.sort(), said.filter((step) => step && !own.has(step)).sort()]);
}
