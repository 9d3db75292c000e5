import { send } from "../../api/client";
import type { AnnotationShown, IndividualDetails, Step } from "../../api/types";
import { signed } from "../../reviewer";
import { t } from "../../strings";
import { Button } from "../../ui";
import { counted } from "../catalog/shared/formats";
import { tellSteps } from "../catalog/shared/steps";
import { useAction } from "../catalog/shared/useAction";

interface SelectionBarProps {
  individual: IndividualDetails;
  chosen: AnnotationShown[];
  onClear: () => void;
  onSeparate: () => void;
  onAssign: () => void;
  /** Called when the catalog has changed. */
  onChanged: () => void;
}

/** What can be done with the selected photos of an individual. */
export function SelectionBar({ individual, chosen, onClear, onSeparate, onAssign, onChanged }: SelectionBarProps) {
  const action = useAction();
  const what = counted(chosen.length, "annotations");
  const unassign = () => action.run(async () => {
    const annotations = chosen.map((shown) => shown.annotation);
    const step = await send<Step>("POST", "/api/v1/unassign", { annotations, ...signed() });
    tellSteps(t("individual.unassigned", { what, name: individual.name }), [step], onChanged);
    onClear();
    onChanged();
  });
  return (
    <section class="bulk" aria-label={t("individual.selection")}>
      <div class="bulk-head">
        <strong role="status">{t("pages.selected", { what })}</strong>
        <Button look="quiet" onClick={onClear}>{t("pages.clearSelection")}</Button>
        <span class="bulk-actions">
          <Button onClick={onSeparate}>{t("individual.separate")}</Button>
          <Button onClick={onAssign}>{t("individual.assign")}</Button>
          <Button disabled={action.busy} onClick={unassign}>{t("individual.unassign")}</Button>
        </span>
      </div>
      {action.problem && <p class="problem-words" role="alert">{action.problem}</p>}
    </section>
  );
}
