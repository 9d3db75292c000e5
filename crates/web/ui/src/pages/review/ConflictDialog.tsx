import { language, t } from "../../strings";
import { Button, Dialog } from "../../ui";
import { review } from "./session";
import type { Conflict } from "./store";
import { verdictWords } from "./words";

/** Says who decided what in the meantime, and lets one go on. */
export function ConflictDialog() {
  const met = review.conflict.value;
  if (!met) return null;
  const blind = review.blind.value;
  const actions = (
    <>
      {met.found.case.open && <Button onClick={() => review.resolve("anyway")}>{t("conflict.anyway", { what: verdictWords(met.said.verdict) })}</Button>}
      <Button onClick={() => review.resolve("look")}>{t("conflict.look")}</Button>
      <Button look="main" onClick={() => review.resolve("next")}>{t("conflict.next")}</Button>
    </>
  );
  return (
    <Dialog title={t("conflict.title")} open onClose={() => review.resolve("look")} actions={actions}>
      {/* Whoever reviews blind must not learn who said what. */}
      <p>{blind ? t("conflict.blind") : whoWords(met)}</p>
      {review.current.value?.case !== met.caseId && <p>{t("conflict.about", { id: met.caseId })}</p>}
      {!blind && <StateNow met={met} />}
      <p class="muted">{t("conflict.notSaved", { what: verdictWords(met.said.verdict) })}</p>
    </Dialog>
  );
}

function whoWords({ found: { by, at } }: Conflict): string {
  return t("conflict.who", { by, at: new Date(at).toLocaleString(language.value) });
}

function StateNow({ met }: { met: Conflict }) {
  const found = met.found.case;
  const names = [...new Set(found.query.flatMap((annotation) => annotation.individual?.name ?? []))];
  const verdicts = found.candidates.flatMap((candidate) =>
    candidate.verdicts.slice(0, 1).map((verdict) => t("conflict.verdict", { name: candidate.individual.name, what: verdictWords(verdict.verdict), by: verdict.by })));
  return (
    <>
      <h3>{t("conflict.now")}</h3>
      <ul class="plain-list">
        <li>{stateWords(found.open, names)}</li>
        {verdicts.map((words) => <li key={words}>{words}</li>)}
      </ul>
    </>
  );
}

function stateWords(open: boolean, names: string[]): string {
  if (names.length > 0) return t("conflict.identified", { names: names.join(", ") });
  return t(open ? "conflict.open" : "verdict.decidedAlready");
}
