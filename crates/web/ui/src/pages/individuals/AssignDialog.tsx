import { useState } from "preact/hooks";
import { send } from "../../api/client";
import type { AnnotationShown, IndividualDetails, IndividualRow, Step } from "../../api/types";
import { signed } from "../../reviewer";
import { t } from "../../strings";
import { Button, Dialog } from "../../ui";
import { counted } from "../catalog/shared/formats";
import { tellSteps } from "../catalog/shared/steps";
import { useAction } from "../catalog/shared/useAction";
import { ChosenStrip } from "./ChosenStrip";
import { IndividualChooser } from "./IndividualChooser";

interface AssignDialogProps {
  individual: IndividualDetails;
  chosen: AnnotationShown[];
  onClose: () => void;
  /** Called when the catalog has changed. */
  onChanged: () => void;
}

/** The selected photos show another individual of the catalog. */
export function AssignDialog({ individual, chosen, onClose, onChanged }: AssignDialogProps) {
  const [other, setOther] = useState<IndividualRow | null>(null);
  const action = useAction();
  const what = counted(chosen.length, "annotations");
  const assign = () => other && action.run(async () => {
    const annotations = chosen.map((shown) => shown.annotation);
    const step = await send<Step>("POST", "/api/v1/assign", { annotations, individual: other.id, ...signed() });
    tellSteps(t("individual.assigned", { what, name: other.name }), [step], onChanged);
    onChanged();
    onClose();
  });
  const actions = (
    <>
      <Button onClick={onClose}>{t("common.cancel")}</Button>
      <Button look="main" disabled={!other || action.busy} onClick={assign}>{other ? t("individual.assignNow", { name: other.name }) : t("individual.assign")}</Button>
    </>
  );
  return (
    <Dialog open title={t("individual.assignTitle", { what })} wide onClose={onClose} actions={actions}>
      <ChosenStrip chosen={chosen} />
      <IndividualChooser except={individual.id} chosen={other} onChoose={setOther} />
      {other && <p class="sentences">{t("individual.willAssign", { what, before: individual.name, after: other.name })}</p>}
      <p class="problem-words" role="alert">{action.problem}</p>
    </Dialog>
  );
}
