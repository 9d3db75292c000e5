// The queue and what a person does with it. A verdict is shown as done at once and sent behind the scenes; what the
// server refuses comes back onto the screen.
import { batch, computed, signal } from "@preact/signals";
import { ApiProblem, get } from "../../api/client";
import type { Case, CaseConflict, Queue, QueueOrder, VerdictDone, VerdictSaid, VerdictWord } from "../../api/types";
import { keyOf } from "../../keys";
import { tell, tellProblem, wordsFor } from "../../notice";
import { signed } from "../../reviewer";
import { storedSignal } from "../../stored";
import { t } from "../../strings";
import { createHistory, stands, type Entry } from "./history";
import { sendVerdict } from "./sending";
import { createShelf, quoted } from "./shelf";
import { closes, EMPTY_DRAFT, evidence, inOrder, isAboutCandidate, NEW, type Draft } from "./verdicts";
import { entryWords, savedWords, undoneWords } from "./words";

/** What the page shows. */
export type Phase = "starting" | "preparing" | "ready" | "empty" | "problem";

/** A verdict that met somebody else's change. */
export interface Conflict { said: VerdictSaid; found: CaseConflict; caseId: string }

/** What was written and chosen for a case. */
interface Kept { draft: Draft; choice: string | null }

const AHEAD = 3;
const QUEUE_LENGTH = 50;
const PREPARING_MS = 1500;
const STALE_FIRST_MS = 300;
const STALE_MOST_MS = 5000;

/** Everything the review page knows and does. */
export type Review = ReturnType<typeof createReview>;

/** Makes the store; `preload` gets cases that will come next, `onShow` the id of the case that is now shown. */
export function createReview(preload: (found: Case) => void, onShow: (id: string) => void) {
  const phase = signal<Phase>("starting");
  const problem = signal("");
  const queue = signal<Queue | null>(null);
  const order = storedSignal<QueueOrder>("review.order", "benefit");
  const blind = storedSignal("review.blind", false);
  const current = signal<Case | null>(null);
  const choice = signal<string | null>(null);
  const queryPhoto = signal(0);
  const candidatePhoto = signal(0);
  const draft = signal<Draft>(EMPTY_DRAFT);
  // Several verdicts can be on their way; each conflict is answered in its turn.
  const conflicts = signal<Conflict[]>([]);
  const conflict = computed(() => conflicts.value[0] ?? null);

  const shelf = createShelf((found) => { learn(found); preload(found); }, () => order.value);
  const history = createHistory();
  const closed = new Set<string>();
  const skipped = new Set<string>();
  const visited: string[] = [];
  const lines = new Map<string, Promise<unknown>>();
  // What a case's ETag became through this person's own verdicts: they were not somebody else's.
  const successors = new Map<string, string>();
  // Steps of this person's own: seeing them in a case is no news.
  const own = new Set<string>();
  // What was written and chosen for cases that had to be left, until they are shown again.
  const keptFor = new Map<string, Kept>();
  let awake = false;
  let wanted: string | null = null;
  const timers = new Map<"queue" | "case", ReturnType<typeof setTimeout>>();

  const candidates = computed(() => inOrder(current.value?.candidates ?? [], blind.value));
  const chosen = computed(() => candidates.value.find((candidate) => candidate.individual.id === choice.value) ?? null);
  const queryShown = computed(() => current.value?.query[queryPhoto.value] ?? current.value?.query[0] ?? null);
  const candidateShown = computed(() => chosen.value?.annotations[candidatePhoto.value] ?? chosen.value?.annotations[0] ?? null);
  const decidedHere = computed(() => history.entries.value.findLast((entry) =>
    entry.caseId === current.value?.case && stands(entry) && closes(entry.verdict)) ?? null);
  // Whether the case shown was decided, and not by a verdict of this screen.
  const decidedElsewhere = computed(() => current.value?.open === false && !decidedHere.value);
  // Whether leaving now could lose something.
  const busy = computed(() => history.entries.value.some((entry) => entry.state === "saving" || entry.turning));

  // --- the queue

  async function loadQueue(): Promise<void> {
    const settled = [...closed].filter((id) => !isSaving(id));
    const found = await get<Queue>(`/api/v1/queue?order=${order.value}&limit=${QUEUE_LENGTH}`);
    // A case that was closed here and is open again was opened by somebody else.
    for (const row of found.items) if (settled.includes(row.case)) closed.delete(row.case);
    queue.value = found;
    if (found.preparing) later("queue", PREPARING_MS, () => refreshQueue());
    if (!current.value && !wanted) openFirst(found);
  }

  function isSaving(id: string): boolean {
    return history.entries.value.some((entry) => entry.caseId === id && entry.state === "saving");
  }

  function refreshQueue(): Promise<void> {
    return loadQueue().catch(trouble);
  }

  function openFirst(found: Queue) {
    const first = openRows(found)[0];
    if (first) open(first);
    else phase.value = found.preparing ? "preparing" : "empty";
  }

  function openRows(found: Queue | null): string[] {
    const open = (found?.items ?? []).map((row) => row.case).filter((id) => !closed.has(id));
    const fresh = open.filter((id) => !skipped.has(id));
    // Once everything was skipped, the skipped ones are what is left to do.
    if (fresh.length === 0) skipped.clear();
    return fresh.length > 0 ? fresh : open;
  }

  /** The cases after `about`, nearest first. */
  function upcoming(about: Case): string[] {
    const rows = queue.value?.items.map((row) => row.case) ?? [];
    const here = rows.indexOf(about.case);
    const after = [...rows.slice(here + 1), ...rows.slice(0, Math.max(0, here))];
    const wished = order.value === "benefit" ? [...about.next, ...after] : [...after, ...about.next];
    const open = [...new Set(wished)].filter((id) => id !== about.case && !closed.has(id));
    const fresh = open.filter((id) => !skipped.has(id));
    if (fresh.length > 0) return fresh;
    open.forEach((id) => skipped.delete(id));
    return open;
  }

  /** A case that is decided does not come next. */
  function learn(found: Case): void {
    if (!found.open) closed.add(found.case);
  }

  // --- what is shown

  function open(id: string): void {
    const before = current.value?.case;
    if (before && before !== id) visited.push(before);
    wanted = id;
    if (before !== id) {
      const held = shelf.held(id);
      if (held) arrive(held);
      else batch(() => { current.value = null; phase.value = "starting"; });
    }
    void inLine(id, () => renewFromServer(id));
  }

  async function renewFromServer(id: string): Promise<void> {
    try {
      const found = await shelf.read(id);
      if (wanted !== id) return;
      if (current.value?.case === id) renew(found);
      else arrive(found);
      if (!found.up_to_date) askAgain(id, STALE_FIRST_MS);
    } catch (error) {
      if (wanted !== id) return;
      if (current.value?.case === id) tellProblem(error);
      else trouble(error);
    }
  }

  function arrive(found: Case): void {
    learn(found);
    const kept = keptFor.get(found.case);
    keptFor.delete(found.case);
    batch(() => {
      current.value = found;
      phase.value = "ready";
      choice.value = kept && isThere(kept.choice, found) ? kept.choice : inOrder(found.candidates, blind.value)[0]?.individual.id ?? NEW;
      queryPhoto.value = 0;
      candidatePhoto.value = 0;
      draft.value = kept?.draft ?? EMPTY_DRAFT;
    });
    onShow(found.case);
    shelf.prefetch(upcoming(found).slice(0, AHEAD));
  }

  /** Newer knowledge of the case on screen: the person's place in it stays. */
  function renew(found: Case): void {
    learn(found);
    const gone = choice.value !== null && !isThere(choice.value, found);
    batch(() => {
      current.value = found;
      // Another in its place would get the verdict meant for the one that is gone.
      if (gone) { choice.value = null; candidatePhoto.value = 0; }
      if (queryPhoto.value >= found.query.length) queryPhoto.value = 0;
    });
    if (gone) tell(t("review.choiceGone"));
    shelf.prefetch(upcoming(found).slice(0, AHEAD));
  }

  function isThere(id: string | null, found: Case): boolean {
    return id === NEW || found.candidates.some((candidate) => candidate.individual.id === id);
  }

  function askAgain(id: string, wait: number): void {
    later("case", wait, () => {
      if (current.value?.case !== id) return;
      shelf.read(id).then((found) => {
        if (current.value?.case === id) renew(found);
        if (!found.up_to_date) askAgain(id, Math.min(STALE_MOST_MS, wait * 1.6));
      }, () => askAgain(id, STALE_MOST_MS));
    });
  }

  /** Goes to the next case; `false` where none is known, and whoever calls has to look for one. */
  function leave(about: Case): boolean {
    const next = upcoming(about)[0];
    if (next) { open(next); return true; }
    visited.push(about.case);
    wanted = null;
    batch(() => { current.value = null; phase.value = "starting"; });
    return false;
  }

  function trouble(error: unknown): void {
    batch(() => { phase.value = "problem"; problem.value = wordsFor(error); });
  }

  // --- moving about

  function choose(id: string): void {
    batch(() => { choice.value = id; candidatePhoto.value = 0; });
  }

  function step(by: number): void {
    const ids = [...candidates.value.map((candidate) => candidate.individual.id), NEW];
    const at = (choice.value === null ? -1 : ids.indexOf(choice.value)) + by;
    choose(ids[Math.min(ids.length - 1, Math.max(0, at))]!);
  }

  function stepPhoto(of: "query" | "candidate", by: number): void {
    const count = (of === "query" ? current.value?.query.length : chosen.value?.annotations.length) ?? 0;
    const photo = of === "query" ? queryPhoto : candidatePhoto;
    if (count > 0) photo.value = (photo.value + by + count) % count;
  }

  function skip(): void {
    const about = current.value;
    if (!about) return;
    skipped.add(about.case);
    const next = upcoming(about)[0];
    if (next) open(next);
    else tell(t("review.lastOne"));
  }

  function previous(): void {
    const id = visited.pop();
    if (!id) return tell(t("review.noPrevious"));
    const from = current.value?.case;
    open(id);
    // Going back is not a step forward: what one came from is not "previous" to it.
    if (from && from !== id) visited.pop();
  }

  // --- verdicts

  function say(verdict: VerdictWord): void {
    const about = current.value;
    if (!about || conflict.value) return;
    if (decidedHere.value) return tell(t("review.decidedAlready"));
    if (decidedElsewhere.value) return tell(t("review.decidedElsewhere"));
    if (isAboutCandidate(verdict) && !chosen.value) return tell(whyNobody(verdict));
    give(about, bodyOf(verdict), chosen.value?.individual.name ?? null);
  }

  // After "different" on the last candidate the choice stands on the new card, and "same" pressed once too often
  // must not make an individual.
  function whyNobody(verdict: VerdictWord): string {
    if (verdict !== "same" || choice.value !== NEW) return t("review.chooseCandidate");
    const key = keyOf("new");
    return key ? t("review.pressNew", { key }) : t("review.chooseNew");
  }

  function bodyOf(verdict: VerdictWord): VerdictSaid {
    const { confidence, note, tag, name } = draft.value;
    return {
      verdict,
      ...(isAboutCandidate(verdict) && chosen.value ? { individual: chosen.value.individual.id } : {}),
      ...(verdict === "new" && name.trim() ? { name: name.trim() } : {}),
      ...(confidence ? { confidence } : {}),
      ...(note.trim() ? { note: note.trim() } : {}),
      ...(tag.trim() ? { tag: tag.trim() } : {}),
      ...signed(),
      blind: blind.value,
    };
  }

  function give(about: Case, said: VerdictSaid, candidateName: string | null): void {
    const name = said.verdict === "new" ? said.name ?? null : isAboutCandidate(said.verdict) ? candidateName : null;
    const entry = history.add({ caseId: about.case, verdict: said.verdict, about: name });
    const kept = { draft: draft.value, choice: choice.value };
    draft.value = EMPTY_DRAFT;
    if (closes(said.verdict)) {
      closed.add(about.case);
      leave(about);
    } else {
      step(1);
    }
    void inLine(about.case, () => deliver(about, said, entry, kept));
  }

  async function deliver(about: Case, said: VerdictSaid, entry: Entry, kept: Kept): Promise<void> {
    let done: VerdictDone;
    try {
      done = await post(about, said);
    } catch (error) {
      closed.delete(about.case);
      if (error instanceof ApiProblem && error.status === 412 && error.body?.case) meet(about, said, error.body, entry, kept);
      else fail(about, error, entry, kept);
      return;
    }
    await settle(about, said, entry, done);
  }

  function fail(about: Case, error: unknown, entry: Entry, kept: Kept): void {
    const why = wordsFor(error);
    keptFor.set(about.case, kept);
    // Whoever is at another case by now is not torn away from it.
    if (isElsewhere(about.case) || conflict.value) {
      history.change(entry.number, { state: "failed", turning: false });
      return tell(t("review.notSavedElsewhere", { what: entryWords(entry), id: about.case, why }), { kind: "problem" });
    }
    history.remove(entry.number);
    bringBack(about);
    tell(t("review.notSaved", { why }), { kind: "problem" });
  }

  function isElsewhere(id: string): boolean {
    const at = wanted ?? current.value?.case;
    return at !== undefined && at !== id;
  }

  async function post(about: Case, said: VerdictSaid): Promise<VerdictDone> {
    try {
      return await sendVerdict(about.case, said, latestOf(about.etag), order.value);
    } catch (error) {
      if (!(error instanceof ApiProblem) || error.status !== 412 || !error.body?.case) throw error;
      const now = (error.body as CaseConflict).case;
      // A case can change its state without anything a person looks at having changed; that is no conflict.
      if (evidence(now, own) !== evidence(about, own)) throw error;
      return sendVerdict(about.case, said, quoted(now.etag), order.value);
    }
  }

  function latestOf(etag: string): string {
    let latest = etag;
    while (successors.has(latest)) latest = successors.get(latest)!;
    return latest;
  }

  async function settle(about: Case, said: VerdictSaid, entry: Entry, done: VerdictDone): Promise<void> {
    own.add(done.step.step);
    history.change(entry.number, { state: "saved", head: done.step.step, about: done.individual?.name ?? entry.about });
    tell(savedWords(history.get(entry.number) ?? entry), { kind: "saved", undo: () => void turn(entry.number) });
    if (closes(said.verdict)) {
      shelf.drop(about.case);
      count(1);
      if (!current.value && wanted === null) goOn(done.next);
    } else {
      await followOwnChange(about);
    }
  }

  /** After the last case that was known, the server may know more. */
  function goOn(next: string | null): void {
    if (next && !closed.has(next)) open(next);
    else void refreshQueue();
  }

  /** Learns the new ETag before the case's line goes on, so that the next verdict does not conflict with this one. */
  async function followOwnChange(about: Case): Promise<void> {
    const found = await shelf.readAnew(about.case).catch(() => null);
    if (!found) return;
    // Somebody else said something too: with the old ETag the next verdict meets it, and the person is asked.
    if (evidence(found, own) !== evidence(about, own)) return;
    const before = latestOf(about.etag);
    if (before !== found.etag) successors.set(before, found.etag);
    if (current.value?.case === about.case) renew(found);
    if (!found.up_to_date) askAgain(about.case, STALE_FIRST_MS);
  }

  function count(by: number): void {
    const found = queue.value;
    if (found) queue.value = { ...found, total: Math.max(0, found.total - by), decided: Math.max(0, found.decided + by) };
  }

  /** Shows a case again with what was kept for it; what is written for another case meanwhile is kept too. */
  function bringBack(about: Case): void {
    const from = current.value?.case;
    if (from && from !== about.case) {
      keptFor.set(from, { draft: draft.value, choice: choice.value });
      visited.push(from);
    }
    wanted = about.case;
    arrive(about);
  }

  function meet(about: Case, said: VerdictSaid, found: CaseConflict, entry: Entry, kept: Kept): void {
    history.remove(entry.number);
    shelf.put(found.case);
    const now = shelf.held(found.case.case) ?? found.case;
    learn(now);
    keptFor.set(about.case, kept);
    const first = !conflict.value;
    conflicts.value = [...conflicts.value, { said, found: { ...found, case: now }, caseId: about.case }];
    if (first) bringBack(now);
  }

  /** After a conflict: look again, say it all the same, or go to the next case. It is about the conflict's own case. */
  function resolve(how: "look" | "anyway" | "next"): void {
    const met = conflict.value;
    if (!met) return;
    conflicts.value = conflicts.value.slice(1);
    const about = met.found.case;
    if (how === "next") return passBy(about);
    if (current.value?.case !== about.case) bringBack(about);
    if (how === "look") return;
    const candidate = about.candidates.find((one) => one.individual.id === met.said.individual);
    give(about, met.said, candidate?.individual.name ?? null);
  }

  /** Decided by somebody else, it is done; still open, it comes again later. */
  function passBy(about: Case): void {
    if (current.value?.case !== about.case) return;
    if (about.open) return skip();
    if (!leave(about)) goOn(null);
  }

  // --- undo and redo

  async function turn(number: number): Promise<void> {
    const before = history.get(number);
    if (!before || before.turning) return;
    // Marked at once, so that the next Ctrl+Z takes the verdict before this one.
    history.change(number, { turning: true });
    // In the case's line, so that a verdict on its way arrives before it is taken back.
    await inLine(before.caseId, async () => {
      try {
        const entry = await history.turn(number);
        history.change(number, { turning: false });
        if (entry) await turned(entry);
      } catch (error) {
        history.change(number, { turning: false });
        tellProblem(error);
      }
    });
  }

  async function turned(entry: Entry): Promise<void> {
    if (entry.head) own.add(entry.head);
    shelf.dropAll();
    tell(entry.state === "undone" ? undoneWords(entry) : savedWords(entry), { kind: "saved" });
    const closing = closes(entry.verdict);
    if (entry.state === "undone") {
      if (closing) { closed.delete(entry.caseId); count(-1); }
      open(entry.caseId);
      return;
    }
    if (closing) { closed.add(entry.caseId); count(1); }
    if (current.value?.case !== entry.caseId) return;
    if (!closing) await followOwnChange(current.value);
    else if (!leave(current.value)) goOn(null);
  }

  function undo(): Promise<void> {
    const entry = history.lastDone();
    if (entry) return turn(entry.number);
    tell(t("review.nothingToUndo"));
    return Promise.resolve();
  }

  function redo(): Promise<void> {
    const entry = history.lastUndone();
    if (entry) return turn(entry.number);
    tell(t("review.nothingToRedo"));
    return Promise.resolve();
  }

  // --- beginnings and ends

  function inLine<T>(id: string, work: () => Promise<T>): Promise<T> {
    const before = lines.get(id) ?? Promise.resolve();
    const now = before.then(work, work);
    const line: Promise<void> = now.then(() => undefined, () => undefined).then(() => { if (lines.get(id) === line) lines.delete(id); });
    lines.set(id, line);
    return now;
  }

  function later(what: "queue" | "case", wait: number, work: () => void): void {
    clearTimeout(timers.get(what));
    timers.set(what, setTimeout(() => { if (awake) work(); }, wait));
  }

  function start(id: string | null): void {
    awake = true;
    if (id) open(id);
    else if (current.value) { onShow(current.value.case); open(current.value.case); }
    void refreshQueue();
  }

  function stop(): void {
    awake = false;
    timers.forEach(clearTimeout);
  }

  function setOrder(value: QueueOrder): void {
    order.value = value;
    skipped.clear();
    // Every case says what comes after it in the order it was asked for.
    shelf.dropAll();
    const id = current.value?.case;
    if (id) void inLine(id, () => renewFromServer(id));
    void refreshQueue();
  }

  function setBlind(value: boolean): void {
    batch(() => {
      blind.value = value;
      // Whatever the model put first must not stay chosen as a hint.
      if (value) choose(candidates.value[0]?.individual.id ?? NEW);
    });
  }

  return {
    phase, problem, queue, order, blind, current, choice, queryPhoto, candidatePhoto, draft, conflict, history,
    candidates, chosen, queryShown, candidateShown, decidedHere, decidedElsewhere, busy,
    start, stop, open, setOrder, setBlind, choose, step, stepPhoto, skip, previous, say, resolve, turn, undo, redo,
    retry: () => { phase.value = "starting"; wanted = null; void refreshQueue(); },
  };
}
