import { useState } from "preact/hooks";
import { send } from "../../api/client";
import type { AnnotationShown, IndividualDetails, Step } from "../../api/types";
import { signed } from "../../reviewer";
import { t } from "../../strings";
import { Button, Dialog } from "../../ui";
import { counted } from "../catalog/shared/formats";
import { tellSteps } from "../catalog/shared/steps";
import { useAction } from "../catalog/shared/useAction";
import { ChosenStrip } from "./ChosenStrip";

interface SeparateDialogProps {
  individual: IndividualDetails;
  chosen: AnnotationShown[];
  onClose: () => void;
  /** Called when the catalog has changed. */
  onChanged: () => void;
}

/** The selected photos show another animal: they become a new individual. */
export function SeparateDialog({ individual, chosen, onClose, onChanged }: SeparateDialogProps) {
  const [name, setName] = useState("");
  const action = useAction();
  const left = individual.annotations_shown.length - chosen.length;
  const separate = () => action.run(async () => {
    const annotations = chosen.map((shown) => shown.annotation);
    const named = name.trim() ? { name: name.trim() } : {};
    const step = await send<Step>("POST", "/api/v1/separate", { annotations, ...named, ...signed() });
    tellSteps(t("individual.separated", { what: counted(chosen.length, "annotations"), name: newName(step) }), [step], onChanged);
    onChanged();
    onClose();
  });
  const actions = (
    <>
      <Button onClick={onClose}>{t("common.cancel")}</Button>
      <Button look="main" disabled={action.busy || left === 0} onClick={separate}>{t("individual.separateNow")}</Button>
    </>
  );
  return (
    <Dialog open title={t("individual.separateTitle", { name: individual.name })} onClose={onClose} actions={actions}>
      <form onSubmit={(event) => { event.preventDefault(); separate(); }}>
        <label class="field">
          <span>{t("individual.newName")}</span>
          <input type="text" autofocus value={name} placeholder={t("individual.nextName")} autocomplete="off" onInput={(event) => setName(event.currentTarget.value)} />
        </label>
      </form>
      <h3>{t("individual.willChange")}</h3>
      <ul class="sentences">
        <li>{t("individual.willSeparate", { what: counted(chosen.length, "annotations"), name: individual.name })}</li>
        <li>{left === 0 ? t("individual.separateAll", { name: individual.name }) : t("individual.willKeep", { what: counted(left, "annotations"), name: individual.name })}</li>
      </ul>
      <ChosenStrip chosen={chosen} />
      <p class="problem-words" role="alert">{action.problem}</p>
    </Dialog>
  );
}

function newName(step: Step): string {
  return step.photos[0]?.after?.name ?? step.individuals[0]?.individual.name ?? "";
}
