import { useCallback, useEffect, useState } from "preact/hooks";
import { get } from "../../../api/client";

/** One thing that is read from the server. */
export interface Read<T> {
  value: T | null;
  problem: unknown;
  /** Reads it anew; what is shown stays until the answer comes. */
  reload: () => void;
}

/** Reads what is at `path`, and again whenever the path changes; nothing where it is `null`. */
export function useRead<T>(path: string | null): Read<T> {
  const [shown, setShown] = useState<{ path: string | null; value: T | null; problem: unknown }>({ path, value: null, problem: null });
  const [round, setRound] = useState(0);
  useEffect(() => {
    if (path === null) {
      return undefined;
    }
    const control = new AbortController();
    get<T>(path, control.signal).then(
      (value) => setShown({ path, value, problem: null }),
      (problem: unknown) => {
        if (!control.signal.aborted) {
          setShown({ path, value: null, problem });
        }
      },
    );
    return () => control.abort();
  }, [path, round]);
  const reload = useCallback(() => setRound((now) => now + 1), []);
  // What was read for another path is not shown under this one.
  return shown.path === path ? { value: shown.value, problem: shown.problem, reload } : { value: null, problem: null, reload };
}
