import { useId, useState } from "preact/hooks";
import type { JournalRow } from "../../api/types";
import { t } from "../../strings";
import { Button, Tag } from "../../ui";
import { localTime, numberText } from "../catalog/shared/formats";
import { tellSteps, undoStep } from "../catalog/shared/steps";
import { useAction } from "../catalog/shared/useAction";
import { StepDetails } from "./StepDetails";
import { UndoDialog } from "./UndoDialog";
import { actionText, isLarge } from "./words";

// How many columns the table has.
const COLUMNS = 5;

interface JournalLineProps {
  row: JournalRow;
  /** Called when the catalog has changed. */
  onChanged: () => void;
}

/** One step in the table, and below it all that it changed where it is opened. */
export function JournalLine({ row, onChanged }: JournalLineProps) {
  const [open, setOpen] = useState(false);
  const [asking, setAsking] = useState(false);
  const action = useAction();
  const details = useId();
  // What was taken back comes again by taking back the step that took it back.
  const target = row.undone_by ?? row.step;
  const undo = () => action.run(async () => {
    const step = await undoStep(target);
    tellSteps(t(row.undone_by ? "journal.redone" : "journal.undone", { step: row.step }), [step], onChanged);
    onChanged();
  });
  const press = () => (isLarge(row) && !row.undone_by ? setAsking(true) : undo());
  return (
    <>
      <tr role="row" class={row.undone_by ? "step step-undone" : "step"}>
        <td role="cell" class="step-what">
          <button type="button" class="expand" aria-expanded={open} aria-controls={details} onClick={() => setOpen(!open)}>
            <span class="expand-sign" aria-hidden="true">{open ? "▾" : "▸"}</span>
            <span><span class="step-action">{actionText(row)}</span> <span class="muted">{row.step}</span></span>
          </button>
          {row.undone_by && <Tag tone="warn">{t("journal.undoneBy", { step: row.undone_by })}</Tag>}
        </td>
        <td role="cell">{row.by} {row.by_kind === "model" && <Tag>{t("journal.model")}</Tag>}</td>
        <td role="cell"><time dateTime={row.at} title={row.at}>{localTime(row.at)}</time></td>
        <td role="cell" class="number"><span class="narrow-only">{t("journal.annotations")}: </span>{numberText(row.annotations)}</td>
        <td role="cell" class="step-undo">
          <Button aria-busy={action.busy} aria-label={t(row.undone_by ? "journal.redoStep" : "journal.undoStep", { step: row.step })} onClick={press}>
            {row.undone_by ? t("common.redo") : t("common.undo")}
          </Button>
        </td>
      </tr>
      {action.problem && (
        <tr role="row"><td role="cell" colSpan={COLUMNS}><p class="problem-words step-problem" role="alert">{t("journal.notUndone", { step: row.step, why: action.problem })}</p></td></tr>
      )}
      <tr role="row" id={details} hidden={!open}>
        <td role="cell" colSpan={COLUMNS}>{open && <StepDetails id={row.step} />}</td>
      </tr>
      {asking && <AskFirst row={row} onClose={() => setAsking(false)} onConfirm={() => { setAsking(false); undo(); }} />}
    </>
  );
}

// A dialog may not stand between the rows of a table, so it gets a row of its own.
function AskFirst(props: { row: JournalRow; onClose: () => void; onConfirm: () => void }) {
  return <tr role="row"><td role="cell" colSpan={COLUMNS}><UndoDialog {...props} /></td></tr>;
}
