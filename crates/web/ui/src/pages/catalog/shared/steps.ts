import { send } from "../../../api/client";
import type { Step } from "../../../api/types";
import { tell, tellProblem } from "../../../notice";
import { signed } from "../../../reviewer";
import { t } from "../../../strings";

/** Takes a step back; taking back an undo brings the step again. */
export function undoStep(step: string): Promise<Step> {
  return send<Step>("POST", `/api/v1/journal/${encodeURIComponent(step)}/undo`, signed());
}

/** Tells that steps were saved, with a button that takes them back, the last first. */
export function tellSteps(text: string, steps: readonly Step[], afterUndo: () => void): void {
  tell(text, { kind: "saved", undo: () => void undoAll(steps, afterUndo) });
}

async function undoAll(steps: readonly Step[], afterUndo: () => void): Promise<void> {
  try {
    for (const step of [...steps].reverse()) {
      await undoStep(step.step);
    }
    tell(t("pages.takenBack"), { kind: "saved" });
  } catch (error) {
    tellProblem(error);
  }
  afterUndo();
}
