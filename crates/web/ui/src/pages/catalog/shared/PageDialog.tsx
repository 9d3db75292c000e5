import type { ComponentProps } from "preact";
import { useLayoutEffect } from "preact/hooks";
import { Dialog } from "../../../ui";

/** A dialog that is open as long as it is rendered; when it goes, the focus is where it was before. */
export function PageDialog(props: Omit<ComponentProps<typeof Dialog>, "open">) {
  useLayoutEffect(() => {
    const before = document.activeElement;
    // While the dialog is still there, nothing outside of it takes the focus.
    return () => void setTimeout(() => giveFocus(before));
  }, []);
  return <Dialog {...props} open />;
}

// A dialog that is taken out of the page while it is open gives the focus to nobody.
function giveFocus(before: Element | null): void {
  const target = before instanceof HTMLElement && before.isConnected && before !== document.body ? before : document.getElementById("content");
  target?.focus();
}
