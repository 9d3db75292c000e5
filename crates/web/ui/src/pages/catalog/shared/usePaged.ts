import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { get } from "../../../api/client";
import type { Listing } from "../../../api/types";
import { NOTHING, pageAddress, readOn, type Gathered } from "./paging";

/** A list that is read page by page. */
export interface Paged<T> {
  items: T[];
  total: number;
  /** Whether there is more than what was read. */
  more: boolean;
  /** Whether an answer is being waited for. */
  busy: boolean;
  /** Whether an answer has come for this list at all. */
  ready: boolean;
  problem: unknown;
  readMore: () => void;
  /** Reads to the end. */
  readAll: () => void;
  /** Reads anew as much as was there; what is shown stays until the answer comes. */
  reload: () => void;
}

interface Shown<T> {
  list: Gathered<T>;
  ready: boolean;
  busy: boolean;
  problem: unknown;
}

/** Reads the list at `path`, and again whenever the path changes. */
export function usePaged<T>(path: string, limit = 60): Paged<T> {
  const [shown, setShown] = useState<Shown<T>>({ list: NOTHING, ready: false, busy: true, problem: null });
  const list = useRef(shown.list);
  const asked = useRef<AbortController | null>(null);

  const read = useCallback(
    async (start: Gathered<T>, least: number) => {
      asked.current?.abort();
      const control = new AbortController();
      asked.current = control;
      setShown((now) => ({ ...now, busy: true, problem: null }));
      try {
        const page = (cursor: string | null) => get<Listing<T>>(pageAddress(path, limit, cursor), control.signal);
        list.current = await readOn(start, least, page);
        setShown({ list: list.current, ready: true, busy: false, problem: null });
      } catch (problem) {
        if (!control.signal.aborted) {
          setShown((now) => ({ ...now, busy: false, problem }));
        }
      }
    },
    [path, limit],
  );

  useEffect(() => {
    // What was read at another path is never read on at this one.
    list.current = NOTHING;
    void read(NOTHING, 1);
    return () => asked.current?.abort();
  }, [read]);

  return {
    items: shown.list.items,
    total: shown.list.total,
    more: shown.list.next !== null,
    busy: shown.busy,
    ready: shown.ready,
    problem: shown.problem,
    readMore: () => void read(list.current, list.current.items.length + 1),
    readAll: () => void read(list.current, Number.POSITIVE_INFINITY),
    reload: () => void read(NOTHING, Math.max(1, list.current.items.length)),
  };
}
