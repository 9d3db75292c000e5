import { signal } from "@preact/signals";
import { ApiProblem } from "./api/client";
import { t } from "./strings";

/** What is told to the reader for a moment. */
export interface Notice { number: number; text: string; kind: "saved" | "problem" | "info"; undo?: () => void }

/** The notice shown now. */
export const notice = signal<Notice | null>(null);

// Problems stay longer, since they ask for something to be done.
const SHOWN_MS = { saved: 8000, info: 6000, problem: 15000 };

let number = 0;
let timer: ReturnType<typeof setTimeout> | undefined;

/** Tells the reader something: as a toast, and to screen readers. */
export function tell(text: string, options: { kind?: Notice["kind"]; undo?: () => void } = {}): void {
  const kind = options.kind ?? "info";
  notice.value = { number: ++number, text, kind, ...(options.undo ? { undo: options.undo } : {}) };
  clearTimeout(timer);
  timer = setTimeout(hush, SHOWN_MS[kind]);
}

/** Takes the notice away. */
export function hush(): void {
  clearTimeout(timer);
  notice.value = null;
}

/** The words for an error. */
export function wordsFor(error: unknown): string {
  if (error instanceof ApiProblem) {
    if (error.status === 0) return t("problem.offline");
    return [error.detail || error.title, error.hint].filter(Boolean).join(" ");
  }
  return error instanceof Error ? error.message : String(error);
}

/** Tells the reader that something did not work, in the server's words. */
export function tellProblem(error: unknown): void {
  if (error instanceof DOMException && error.name === "AbortError") return;
  tell(wordsFor(error) || t("problem.title"), { kind: "problem" });
}
