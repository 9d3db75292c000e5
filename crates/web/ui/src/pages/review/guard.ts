import { effect, type ReadonlySignal } from "@preact/signals";

/** Has the browser ask before the page is left while `busy`; a listener at all times would keep the page out of the back cache. */
export function guardLeaving(busy: ReadonlySignal<boolean>, page: EventTarget): () => void {
  const ask = (event: Event) => event.preventDefault();
  return effect(() => {
    if (!busy.value) return undefined;
    page.addEventListener("beforeunload", ask);
    return () => page.removeEventListener("beforeunload", ask);
  });
}
