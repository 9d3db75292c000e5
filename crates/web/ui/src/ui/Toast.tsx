import { hush, notice } from "../notice";
import { t } from "../strings";

/** The notice shown now. Both live regions stay in the page, since screen readers miss regions that appear with their text. */
export function Toast() {
  const now = notice.value;
  const problem = now?.kind === "problem";
  return (
    <div class="toasts">
      <p class="visually-hidden" role="status">{now && !problem ? now.text : ""}</p>
      <p class="visually-hidden" role="alert">{now && problem ? now.text : ""}</p>
      {now && (
        <div class={`toast toast-${now.kind}`} key={now.number}>
          <span class="toast-icon" aria-hidden="true">{{ saved: "✓", info: "i", problem: "!" }[now.kind]}</span>
          <span aria-hidden="true">{now.text}</span>
          {now.undo && <button type="button" class="button" onClick={() => { now.undo?.(); hush(); }}>{t("common.undo")}</button>}
          <button type="button" class="button button-quiet" aria-label={t("common.close")} onClick={hush}><span aria-hidden="true">✕</span></button>
        </div>
      )}
    </div>
  );
}
