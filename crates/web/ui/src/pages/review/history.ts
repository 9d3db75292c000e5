import { signal, type Signal } from "@preact/signals";
import { ApiProblem, get as read, send } from "../../api/client";
import type { Step, VerdictWord } from "../../api/types";
import { signed } from "../../reviewer";
import { closes } from "./verdicts";

/** One verdict given on this screen. */
export interface Entry {
  number: number;
  caseId: string;
  verdict: VerdictWord;
  /** The individual's name, where there is one. */
  about: string | null;
  at: number;
  /** `failed` ones were never saved. */
  state: "saving" | "saved" | "undone" | "failed";
  /** Whether it is on its way to being undone or brought again. */
  turning: boolean;
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
    const entry: Entry = { ...about, number: ++count, at: Date.now(), state: "saving", turning: false, head: null, turned: 0, superseded: false };
    const older = entries.value.filter((one) => !isMadeGood(one, entry)).map((one) =>
      one.caseId === about.caseId && one.state === "undone" ? { ...one, superseded: true } : one);
    entries.value = [...older, entry];
    return entry;
  }

  async function turn(number: number): Promise<Entry | undefined> {
    const entry = get(number);
    if (!entry?.head) return undefined;
    const undone = entry.state === "undone";
    const { head, turnedOver } = await undoStep(entry.head);
    change(number, { head, state: undone === turnedOver ? "saved" : "undone", turned: ++turns });
    return get(number);
  }

  return {
    entries, add, change, get, turn,
    remove: (number) => { entries.value = entries.value.filter((entry) => entry.number !== number); },
    lastDone: () => entries.value.filter((entry) => stands(entry) && !entry.turning).at(-1),
    lastUndone: () => entries.value
      .filter((entry) => entry.state === "undone" && !entry.superseded && !entry.turning)
      .sort((a, b) => a.turned - b.turned)
      .at(-1),
  };
}

/** Whether a verdict holds, or will once it has arrived. */
export function stands(entry: Entry): boolean {
  return entry.state === "saving" || entry.state === "saved";
}

function isMadeGood(failed: Entry, now: Entry): boolean {
  return failed.state === "failed" && failed.caseId === now.caseId && (closes(now.verdict) || failed.about === now.about);
}

interface Turned { head: string; turnedOver: boolean }

/** Undoes a step; where that is refused or nothing was heard of it, it may be undone already, and the journal knows. */
async function undoStep(head: string): Promise<Turned> {
  try {
    const step = await send<Step>("POST", `/api/v1/journal/${encodeURIComponent(head)}/undo`, signed());
    return { head: step.step, turnedOver: true };
  } catch (error) {
    if (!(error instanceof ApiProblem) || (error.status !== 409 && error.status !== 0)) throw error;
    const now = await followUndos(head).catch(() => null);
    if (!now || now.head === head) throw error;
    return now;
  }
}

async function followUndos(from: string): Promise<Turned> {
  const now: Turned = { head: from, turnedOver: false };
  for (;;) {
    const { undone_by } = await read<Step>(`/api/v1/journal/${encodeURIComponent(now.head)}`);
    if (!undone_by) return now;
    now.head = undone_by;
    now.turnedOver = !now.turnedOver;
  }
}

/** How many verdicts an hour, from the first to now; `null` while too few to say. */
export function ratePerHour(entries: Entry[], now: number): number | null {
  const given = entries.filter(stands);
  if (given.length < 3) return null;
  const hours = Math.max(now - given[0]!.at, 60_000) / 3_600_000;
  return Math.round(given.length / hours);
}
