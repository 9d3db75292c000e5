import { useState } from "preact/hooks";
import type { AnnotationShown } from "../../api/types";
import { t } from "../../strings";
import { Button, Dialog } from "../../ui";
import { captureText } from "../catalog/shared/formats";
import { tellSteps } from "../catalog/shared/steps";
import { useAction } from "../catalog/shared/useAction";
import { BoxEditor } from "./BoxEditor";
import { savePatch, takeOut } from "./changes";
import { draftOf, isEmpty, patchOf } from "./draft";
import { LabelFields, type Offers } from "./LabelFields";

interface AnnotationEditorProps {
  annotation: AnnotationShown;
  offers: Offers;
  /** Whether there is another one after this one. */
  hasNext: boolean;
  onNext: () => void;
  onClose: () => void;
  /** Called when the catalog has changed. */
  onChanged: () => void;
}

/** The box and the labels of one animal in a photo, to be corrected. */
export function AnnotationEditor({ annotation, offers, hasNext, onNext, onClose, onChanged }: AnnotationEditorProps) {
  // The list may be read anew meanwhile: what the reader did not touch must not count as changed then.
  const [base] = useState(annotation);
  const [draft, setDraft] = useState(() => draftOf(base));
  const action = useAction();
  const patch = patchOf(base, draft);

  const save = (then: () => void) => action.run(async () => {
    if (!isEmpty(patch)) {
      const step = await savePatch(annotation.annotation, patch);
      tellSteps(t("inbox.saved", { file: annotation.file }), [step], onChanged);
      onChanged();
    }
    then();
  });
  const remove = () => action.run(async () => {
    const step = await takeOut(annotation.annotation);
    tellSteps(t("inbox.takenOut", { file: annotation.file }), [step], onChanged);
    onChanged();
    onClose();
  });
  const actions = (
    <>
      <Button look="danger" class="push-left" disabled={action.busy} onClick={remove}>{t("inbox.takeOut")}</Button>
      <Button onClick={onClose}>{t("common.cancel")}</Button>
      {hasNext && <Button disabled={action.busy} onClick={() => save(onNext)}>{isEmpty(patch) ? t("inbox.edit.next") : t("inbox.edit.saveNext")}</Button>}
      <Button look="main" disabled={action.busy || isEmpty(patch)} onClick={() => save(onClose)}>{t("inbox.edit.save")}</Button>
    </>
  );
  return (
    <Dialog open title={annotation.file} wide onClose={onClose} actions={actions}>
      <div class="editor">
        <BoxEditor annotation={annotation} box={draft.region} onBox={(region) => setDraft((now) => ({ ...now, region }))} />
        <form class="editor-fields" onSubmit={(event) => { event.preventDefault(); save(onClose); }}>
          <p class="muted">{[annotation.annotation, captureText(annotation.date)].join(" · ")}</p>
          <LabelFields labels={draft} offers={offers} emptyMeans="nothing" onLabels={(labels) => setDraft((now) => ({ ...now, ...labels }))} />
          <p class="problem-words" role="alert">{action.problem}</p>
          <button type="submit" class="visually-hidden" tabIndex={-1} aria-hidden="true">{t("inbox.edit.save")}</button>
        </form>
      </div>
    </Dialog>
  );
}
