import { useEffect, useState } from "preact/hooks";
import { send } from "../../api/client";
import type { IndividualDetails, IndividualRef, IndividualRow, Step } from "../../api/types";
import { signed } from "../../reviewer";
import { wordsFor } from "../../notice";
import { t } from "../../strings";
import { Button, Dialog, Loading } from "../../ui";
import { tellSteps } from "../catalog/shared/steps";
import { useAction } from "../catalog/shared/useAction";
import { Consequences } from "./Consequences";
import { IndividualChooser } from "./IndividualChooser";
import { tellUndone } from "./undone";

interface MergeDialogProps {
  individual: IndividualDetails;
  onClose: () => void;
  /** Called with the one that stays. */
  onMerged: (kept: IndividualRef) => void;
}

/** Two individuals become one: choosing the other, which name stays, and what will change. */
export function MergeDialog({ individual, onClose, onMerged }: MergeDialogProps) {
  const [other, setOther] = useState<IndividualRow | null>(null);
  const [keepThis, setKeepThis] = useState(false);
  const action = useAction();
  const ends = other && (keepThis ? { gone: other, kept: individual } : { gone: individual, kept: other });
  const preview = usePreview(ends?.gone.id ?? null, ends?.kept.id ?? null);

  const merge = () => ends && action.run(async () => {
    const step = await send<Step>("POST", address(ends.gone.id), { into: ends.kept.id, ...signed() });
    tellSteps(t("individual.merged", { gone: ends.gone.name, kept: ends.kept.name }), [step], tellUndone);
    onMerged({ id: ends.kept.id, name: ends.kept.name });
  });
  const actions = (
    <>
      <Button onClick={onClose}>{t("common.cancel")}</Button>
      <Button look="main" disabled={!preview.step || action.busy} onClick={merge}>
        {ends ? t("individual.mergeNow", { gone: ends.gone.name, kept: ends.kept.name }) : t("individual.merge")}
      </Button>
    </>
  );
  return (
    <Dialog open title={t("individual.mergeTitle", { name: individual.name })} wide onClose={onClose} actions={actions}>
      <IndividualChooser except={individual.id} chosen={other} onChoose={setOther} />
      {other && <WhoStays one={individual} other={other} keepThis={keepThis} onKeepThis={setKeepThis} />}
      {other && !preview.step && !preview.problem && <Loading />}
      {preview.step && <Consequences step={preview.step} />}
      <p class="problem-words" role="alert">{preview.problem || action.problem}</p>
    </Dialog>
  );
}

const address = (individual: string) => `/api/v1/individuals/${encodeURIComponent(individual)}/merge`;

/** The step as it would be; the server works it out and changes nothing. */
function usePreview(gone: string | null, kept: string | null): { step: Step | null; problem: string } {
  const [shown, setShown] = useState<{ of: string; step: Step | null; problem: string }>({ of: "", step: null, problem: "" });
  const of = gone && kept ? `${gone} ${kept}` : "";
  useEffect(() => {
    if (!gone || !kept) {
      return undefined;
    }
    let wanted = true;
    const show = (step: Step | null, problem: string) => {
      if (wanted) {
        setShown({ of, step, problem });
      }
    };
    send<Step>("POST", address(gone), { into: kept, preview: true, ...signed() }).then(
      (step) => show(step, ""),
      (error: unknown) => show(null, wordsFor(error)),
    );
    return () => { wanted = false; };
  }, [of]);
  return shown.of === of ? shown : { step: null, problem: "" };
}

interface WhoStaysProps {
  one: IndividualRef;
  other: IndividualRef;
  keepThis: boolean;
  onKeepThis: (keep: boolean) => void;
}

function WhoStays({ one, other, keepThis, onKeepThis }: WhoStaysProps) {
  return (
    <fieldset class="who-stays">
      <legend>{t("individual.whoStays")}</legend>
      <label class="check"><input type="radio" name="kept" checked={!keepThis} onChange={() => onKeepThis(false)} />{other.name}</label>
      <label class="check"><input type="radio" name="kept" checked={keepThis} onChange={() => onKeepThis(true)} />{one.name}</label>
    </fieldset>
  );
}
