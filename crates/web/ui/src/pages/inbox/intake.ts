import { signal } from "@preact/signals";
import { ApiProblem } from "../../api/client";
import type { Job } from "../../api/types";
import { tell } from "../../notice";
import { t } from "../../strings";
import { counted } from "../catalog/shared/formats";
import { expectJob, followJobs } from "../catalog/shared/following";
import { isActive, withJob } from "../catalog/shared/jobs";
import { bytesOf, firstBatch, sorted, type FoundFile } from "./files";
import { upload } from "./upload";

/** Photos on their way to the server. They go on while the reader looks at other pages. */
export interface Sending {
  files: number;
  bytes: number;
  sentFiles: number;
  sentBytes: number;
  /** Whether something is being sent now. */
  active: boolean;
  /** What has not been sent, because it failed or was stopped. */
  unsent: FoundFile[];
  /** What the server does not take. */
  refused: Refused[];
  problem: unknown;
  /** Names of files that were left out since they are no photos. */
  others: string[];
}

/** Photos that were refused together, and why. */
export interface Refused {
  names: string[];
  problem: ApiProblem;
}

/** What is being sent, or was sent last; `null` where nothing was. */
export const sending = signal<Sending | null>(null);

/** The jobs that take photos in, latest first. */
export const intakeJobs = signal<Job[]>([]);

/** Counts the jobs that ended, so that lists know when to read anew. */
export const arrivals = signal(0);

let control: AbortController | null = null;

let waiting: FoundFile[] = [];

/** Sends photos; those that are chosen while others are on their way follow them. What was not sent earlier stays to be sent. */
export function take(files: readonly FoundFile[]): void {
  const { photos, others } = sorted(files);
  const last = sending.value;
  const before = last?.active ? last : null;
  waiting = waiting.concat(photos);
  sending.value = {
    files: (before?.files ?? 0) + photos.length,
    bytes: (before?.bytes ?? 0) + bytesOf(photos),
    sentFiles: before?.sentFiles ?? 0,
    sentBytes: before?.sentBytes ?? 0,
    active: before !== null || photos.length > 0,
    unsent: last?.unsent ?? [],
    refused: last?.refused ?? [],
    problem: null,
    others: (before?.others ?? []).concat(others),
  };
  if (photos.length > 0) {
    tell(t("inbox.started", { what: counted(photos.length, "photos") }));
  }
  if (!before && photos.length > 0) {
    void sendWaiting();
  }
}

async function sendWaiting(): Promise<void> {
  control = new AbortController();
  addEventListener("beforeunload", askBeforeLeaving);
  try {
    for (let batch = firstBatch(waiting); batch.length > 0; batch = firstBatch(waiting)) {
      await sendOrRefuse(batch, control.signal);
      waiting = waiting.slice(batch.length);
    }
    change({ active: false });
  } catch (problem) {
    change({ active: false, unsent: (sending.value?.unsent ?? []).concat(waiting), problem: control.signal.aborted ? null : problem });
    waiting = [];
  }
  removeEventListener("beforeunload", askBeforeLeaving);
}

// Too large, or not to be read: sending the same once more would be refused once more.
const REFUSALS = [413, 422];

async function sendOrRefuse(batch: FoundFile[], stop: AbortSignal): Promise<void> {
  const before = sending.value?.sentBytes ?? 0;
  try {
    await sendBatch(batch, before, stop);
  } catch (problem) {
    if (!(problem instanceof ApiProblem && REFUSALS.includes(problem.status))) {
      throw problem;
    }
    refuse(batch, before, problem);
  }
}

function refuse(batch: FoundFile[], sentBytes: number, problem: ApiProblem): void {
  const now = sending.value;
  if (now) {
    // What is refused does not count among what is to be sent any more.
    change({
      files: now.files - batch.length,
      bytes: now.bytes - bytesOf(batch),
      sentBytes,
      refused: [...now.refused, { names: batch.map(({ name }) => name), problem }],
    });
  }
}

async function sendBatch(batch: FoundFile[], before: number, stop: AbortSignal): Promise<void> {
  const bytes = bytesOf(batch);
  // What is sent has headers besides the files: never more than the files are shown.
  const job = await upload(batch, (sent) => change({ sentBytes: before + Math.min(sent, bytes) }), stop);
  change({ sentBytes: before + bytes, sentFiles: (sending.value?.sentFiles ?? 0) + batch.length });
  follow(job);
  expectJob(job);
}

function change(some: Partial<Sending>): void {
  if (sending.value) {
    sending.value = { ...sending.value, ...some };
  }
}

function askBeforeLeaving(event: BeforeUnloadEvent): void {
  event.preventDefault();
}

/** Stops sending; what has arrived stays. */
export function stopSending(): void {
  control?.abort();
}

/** Sends again what has not been sent. */
export function sendAgain(): void {
  const unsent = sending.value?.unsent ?? [];
  change({ unsent: [] });
  take(unsent);
}

/** Forgets what was sent or refused and the jobs that ended; what is still to be sent stays. */
export function clearIntake(): void {
  const now = sending.value;
  sending.value = now && (now.active || now.unsent.length > 0) ? { ...now, refused: [] } : null;
  intakeJobs.value = intakeJobs.value.filter(isActive);
}

const followed = new Set<string>();
let stopFollowing: (() => void) | null = null;

function follow(id: string): void {
  followed.add(id);
  stopFollowing ??= followJobs(hearJobs);
}

function hearJobs(jobs: readonly Job[]): void {
  for (const job of jobs.filter((job) => followed.has(job.job))) {
    intakeJobs.value = withJob(intakeJobs.value, job);
    if (!isActive(job)) {
      followed.delete(job.job);
      arrivals.value += 1;
      tellEnd(job);
    }
  }
  if (followed.size === 0) {
    stopFollowing?.();
    stopFollowing = null;
  }
}

function tellEnd(job: Job): void {
  if (job.report) {
    tell(t("report.stored", { what: counted(job.report.stored, "photos"), animals: counted(job.report.annotations, "annotations") }));
  } else if (job.state === "failed") {
    tell(job.message ?? t("problem.title"), { kind: "problem" });
  }
}

/** Follows the jobs that were going on before this page was opened; the function returned stops looking for them. */
export function followRunning(): () => void {
  return followJobs((jobs) => {
    jobs.filter((job) => job.kind === "photos" && isActive(job)).forEach((job) => follow(job.job));
  });
}
