import type { Case } from "../../api/types";
import { language, t } from "../../strings";
import { Button, Dialog } from "../../ui";
import { review } from "./session";
import type { Conflict } from "./store";
import { verdictWords } from "./words";

/** Says who decided what in the meantime, and lets one go on. */
export function ConflictDialog() {
  const met = review.conflict.value;
  if (!met) return null;
  const { by, at } = met.found;
  const settled = isSettled(met.found.case);
  const actions = (
    <>
      {!settled && <Button onClick={() => review.resolve("anyway")}>{t("conflict.anyway", { what: verdictWords(met.said.verdict) })}</Button>}
      <Button onClick={() => review.resolve("look")}>{t("conflict.look")}</Button>
      <Button look="main" onClick={() => review.resolve("next")}>{t("conflict.next")}</Button>
    </>
  );
  return (
    <Dialog title={t("conflict.title")} open onClose={() => review.resolve("look")} actions={actions}>
      <p>{t("conflict.who", { by, at: new Date(at).toLocaleString(language.value) })}</p>
      <StateNow met={met} />
      <p class="muted">{t("conflict.notSaved", { what: verdictWords(met.said.verdict) })}</p>
    </Dialog>
  );
}

function isSettled(found: Case): boolean {
  return found.query.every((annotation) => annotation.individual !== null);
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
        <li>{names.length > 0 ? t("conflict.identified", { names: names.join(", ") }) : t("conflict.open")}</li>
        {verdicts.map((words) => <li key={words}>{words}</li>)}
      </ul>
    </>
  );
}
