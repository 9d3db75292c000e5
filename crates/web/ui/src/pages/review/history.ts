import { signal, type Signal } from "@preact/signals";
import { send } from "../../api/client";
import type { Step, VerdictWord } from "../../api/types";
import { signed } from "../../reviewer";

/** One verdict given on this screen. */
export interface Entry {
  number: number;
  caseId: string;
  verdict: VerdictWord;
  /** The individual's name, where there is one. */
  about: string | null;
  at: number;
  state: "saving" | "saved" | "undone";
  /** The latest step of its line: the verdict, its undo, the undo of that… Undoing the head turns the entry over. */
  head: string | null;
  /** Which of the undone ones was undone last. */
  turned: number;
  /** Undone, and the case was then decided anew: redo would contradict it. */
  superseded: boolean;
}

/** The verdicts given on this screen, latest last, each of which can be undone and redone. */
export interface History {
  entries: Signal<Entry[]>;
  add: (entry: Pick<Entry, "caseId" | "verdict" | "about">) => Entry;
  change: (number: number, change: Partial<Entry>) => void;
  remove: (number: number) => void;
  get: (number: number) => Entry | undefined;
  /** The verdict that `Ctrl+Z` takes back. */
  lastDone: () => Entry | undefined;
  /** The verdict that `Ctrl+Shift+Z` brings again. */
  lastUndone: () => Entry | undefined;
  /** Undoes a verdict, or brings it again where it is undone. */
  turn: (number: number) => Promise<Entry | undefined>;
}

/** Makes an empty history. */
export function createHistory(): History {
  const entries = signal<Entry[]>([]);
  let count = 0;
  let turns = 0;

  const get = (number: number) => entries.value.find((entry) => entry.number === number);

  function change(number: number, changed: Partial<Entry>) {
    entries.value = entries.value.map((entry) => (entry.number === number ? { ...entry, ...changed } : entry));
  }

  function add(about: Pick<Entry, "caseId" | "verdict" | "about">): Entry {
    const entry: Entry = { ...about, number: ++count, at: Date.now(), state: "saving", head: null, turned: 0, superseded: false };
    const older = entries.value.map((one) =>
      one.caseId === about.caseId && one.state === "undone" ? { ...one, superseded: true } : one);
    entries.value = [...older, entry];
    return entry;
  }

  async function turn(number: number): Promise<Entry | undefined> {
    const entry = get(number);
    if (!entry?.head) return undefined;
    const step = await send<Step>("POST", `/api/v1/journal/${encodeURIComponent(entry.head)}/undo`, signed());
    change(number, { head: step.step, state: entry.state === "undone" ? "saved" : "undone", turned: ++turns });
    return get(number);
  }

  return {
    entries, add, change, get, turn,
    remove: (number) => { entries.value = entries.value.filter((entry) => entry.number !== number); },
    lastDone: () => entries.value.filter((entry) => entry.state !== "undone").at(-1),
    lastUndone: () => entries.value
      .filter((entry) => entry.state === "undone" && !entry.superseded)
      .sort((a, b) => a.turned - b.turned)
      .at(-1),
  };
}

/** How many verdicts an hour, from the first to now; `null` while too few to say. */
export function ratePerHour(entries: Entry[], now: number): number | null {
  const given = entries.filter((entry) => entry.state !== "undone");
  if (given.length < 3) return null;
  const hours = Math.max(now - given[0]!.at, 60_000) / 3_600_000;
  return Math.round(given.length / hours);
}
