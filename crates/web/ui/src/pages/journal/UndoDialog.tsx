import type { JournalRow } from "../../api/types";
import { t } from "../../strings";
import { Button, Dialog } from "../../ui";
import { counted, localTime } from "../catalog/shared/formats";
import { actionText } from "./words";

interface UndoDialogProps {
  row: JournalRow;
  onClose: () => void;
  onConfirm: () => void;
}

/** Asks before a large step is taken back. */
export function UndoDialog({ row, onClose, onConfirm }: UndoDialogProps) {
  const actions = (
    <>
      <Button onClick={onClose}>{t("common.cancel")}</Button>
      <Button look="danger" onClick={onConfirm}>{t("journal.undoNow", { what: counted(row.annotations, "annotations") })}</Button>
    </>
  );
  return (
    <Dialog open title={t("journal.undoTitle", { step: row.step })} onClose={onClose} actions={actions}>
      <p><strong>{actionText(row)}</strong> · {row.by} · {localTime(row.at)}</p>
      <p>{t("journal.undoMore", { what: counted(row.annotations, "annotations") })}</p>
    </Dialog>
  );
}
