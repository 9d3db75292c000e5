import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";

// The reader may be on the page of another individual by the time a step is taken back.
const undone = signal(0);

/** Tells the page of the individual that is shown by then that a step was taken back. */
export function tellUndone(): void {
  undone.value += 1;
}

/** Calls `reload` whenever a step was taken back. */
export function useUndone(reload: () => void): void {
  useEffect(() => {
    const seen = undone.peek();
    return undone.subscribe((now) => {
      if (now !== seen) {
        reload();
      }
    });
  }, [reload]);
}
