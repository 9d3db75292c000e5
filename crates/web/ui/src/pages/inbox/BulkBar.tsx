import { useState } from "preact/hooks";
import type { AnnotationShown } from "../../api/types";
import { wordsFor } from "../../notice";
import { t } from "../../strings";
import { Button } from "../../ui";
import { counted } from "../catalog/shared/formats";
import { tellSteps } from "../catalog/shared/steps";
import { useAction } from "../catalog/shared/useAction";
import { sayOfMany, takeManyOut, type ManyDone } from "./changes";
import { LabelFields, type Offers } from "./LabelFields";

interface BulkBarProps {
  chosen: AnnotationShown[];
  offers: Offers;
  onClear: () => void;
  /** Called when the catalog has changed. */
  onChanged: () => void;
}

const NOTHING = { species: "", viewpoint: "", quality: "", encounter: "" };

/** What can be done with all selected annotations at once. */
export function BulkBar({ chosen, offers, onClear, onChanged }: BulkBarProps) {
  const [labels, setLabels] = useState(NOTHING);
  const action = useAction();
  const what = counted(chosen.length, "annotations");
  const said = Object.values(labels).some((label) => label.trim() !== "");

  const change = (work: () => Promise<ManyDone>, words: "inbox.savedMany" | "inbox.takenOutMany") => action.run(async () => {
    const { steps, problem } = await work();
    if (steps.length > 0) {
      tellSteps(t(words, { what: counted(steps.length, "annotations") }), steps, onChanged);
    }
    onChanged();
    if (problem !== null) {
      throw new Error(t("inbox.stoppedAt", { done: steps.length, all: what, why: wordsFor(problem) }));
    }
    onClear();
  });
  const apply = () => change(() => sayOfMany(chosen, labels), "inbox.savedMany");
  const remove = () => change(() => takeManyOut(chosen), "inbox.takenOutMany");

  return (
    <form class="bulk" aria-label={t("inbox.bulk")} onSubmit={(event) => { event.preventDefault(); apply(); }}>
      <div class="bulk-head">
        <strong role="status">{t("pages.selected", { what })}</strong>
        <Button look="quiet" onClick={onClear}>{t("pages.clearSelection")}</Button>
      </div>
      <div class="bulk-row">
        <div class="bulk-fields"><LabelFields labels={labels} offers={offers} emptyMeans="leave" onLabels={setLabels} /></div>
        <div class="bulk-actions">
          <Button look="main" type="submit" disabled={!said || action.busy}>{action.busy ? t("pages.saving") : t("inbox.apply")}</Button>
          <Button look="danger" disabled={action.busy} onClick={remove}>{t("inbox.takeOut")}</Button>
        </div>
      </div>
      {action.problem && <p class="problem-words" role="alert">{action.problem}</p>}
    </form>
  );
}
