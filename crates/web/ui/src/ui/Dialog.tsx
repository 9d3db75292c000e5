import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef, useState } from "preact/hooks";
import { t } from "../strings";

interface DialogProps {
  title: string;
  onClose: () => void;
  /** Buttons at the foot. */
  actions?: ComponentChildren;
  children: ComponentChildren;
  /** Wide enough for tables and pictures. */
  wide?: boolean;
}

/** A modal dialog; the browser keeps the focus inside, and when it goes, the focus is where it was before. */
export function Dialog({ open, ...rest }: DialogProps & { open: boolean }) {
  return open ? <OpenDialog {...rest} /> : null;
}

function OpenDialog({ title, onClose, actions, children, wide }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const heading = useId();
  useFocusGivenBack();
  useEffect(() => dialog.current?.showModal(), []);
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

function useFocusGivenBack(): void {
  // Asked while rendering, since what is inside may take the focus as soon as it is there.
  const [before] = useState(() => document.activeElement);
  // While the dialog is still there, nothing outside of it takes the focus.
  useEffect(() => () => void setTimeout(() => giveFocus(before)), []);
}

// A dialog that is taken out of the page while it is open gives the focus to nobody.
function giveFocus(before: Element | null): void {
  const now = document.activeElement;
  // Who closed the dialog has sent the focus on to something else.
  if (now && now !== document.body) return;
  const target = before instanceof HTMLElement && before.isConnected && before !== document.body ? before : document.getElementById("content");
  target?.focus();
}
