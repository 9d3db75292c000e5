import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";
import { t } from "../strings";

interface DialogProps {
  title: string;
  open: boolean;
  onClose: () => void;
  /** Buttons at the foot. */
  actions?: ComponentChildren;
  children: ComponentChildren;
  /** Wide enough for tables and pictures. */
  wide?: boolean;
}

/** A modal dialog; the browser keeps the focus inside and gives it back. */
export function Dialog({ title, open, onClose, actions, children, wide }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const heading = useId();
  useEffect(() => {
    const node = dialog.current;
    if (open && node && !node.open) node.showModal();
    if (!open && node?.open) node.close();
  }, [open]);
  if (!open) return null;
  return (
    <dialog
      ref={dialog}
      class={wide ? "dialog dialog-wide" : "dialog"}
      aria-labelledby={heading}
      onClose={onClose}
      onClick={(event) => { if (event.target === dialog.current) onClose(); }}
    >
      <div class="dialog-body">
        <header class="dialog-head">
          <h2 id={heading}>{title}</h2>
          <button type="button" class="button button-quiet" onClick={onClose} aria-label={t("common.close")}>
            <span aria-hidden="true">✕</span>
          </button>
        </header>
        <div class="dialog-content">{children}</div>
        {actions && <footer class="dialog-actions">{actions}</footer>}
      </div>
    </dialog>
  );
}
