import { useEffect, useRef, useState } from "preact/hooks";
import { wordsFor } from "../../../notice";

/** Something that a button sets off: whether it runs, and what went wrong. */
export interface Action {
  busy: boolean;
  /** The words for what went wrong; empty where nothing did. */
  problem: string;
  run: (work: () => Promise<void>) => void;
}

/** Runs one piece of work at a time and keeps what went wrong, to be shown beside the button. */
export function useAction(): Action {
  const [state, setState] = useState({ busy: false, problem: "" });
  const there = useRef(true);
  useEffect(() => () => { there.current = false; }, []);
  const settle = (problem: string) => {
    if (there.current) {
      setState({ busy: false, problem });
    }
  };
  const run = (work: () => Promise<void>) => {
    if (state.busy) {
      return;
    }
    setState({ busy: true, problem: "" });
    work().then(() => settle(""), (error: unknown) => settle(wordsFor(error)));
  };
  return { ...state, run };
}
