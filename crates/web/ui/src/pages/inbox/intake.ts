import { signal } from "@preact/signals";
import { get, listen } from "../../api/client";
import type { Job } from "../../api/types";
import { tell } from "../../notice";
import { t } from "../../strings";
import { counted } from "../catalog/shared/formats";
import { isActive, withJob } from "../catalog/shared/jobs";
import { batched, bytesOf, sorted, type FoundFile } from "./files";
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
  problem: unknown;
  /** Names of files that were left out since they are no photos. */
  others: string[];
}

/** What is being sent, or was sent last; `null` where nothing was. */
export const sending = signal<Sending | null>(null);

/** The jobs that take photos in, latest first. */
export const intakeJobs = signal<Job[]>([]);

/** Counts the jobs that ended, so that lists know when to read anew. */
export const arrivals = signal(0);

let control: AbortController | null = null;

/** Sends photos; those that are chosen while others are on their way follow them. */
export function take(files: readonly FoundFile[]): void {
  const { photos, others } = sorted(files);
  const before = sending.value?.active ? sending.value : null;
  waiting.push(...photos);
  sending.value = {
    files: (before?.files ?? 0) + photos.length,
    bytes: (before?.bytes ?? 0) + bytesOf(photos),
    sentFiles: before?.sentFiles ?? 0,
    sentBytes: before?.sentBytes ?? 0,
    active: before !== null || photos.length > 0,
    unsent: [],
    problem: null,
    others: [...(before?.others ?? []), ...others],
  };
  if (photos.length > 0) {
    tell(t("inbox.started", { what: counted(photos.length, "photos") }));
  }
  if (!before && photos.length > 0) {
    void sendWaiting();
  }
}

let waiting: FoundFile[] = [];

async function sendWaiting(): Promise<void> {
  control = new AbortController();
  addEventListener("beforeunload", askBeforeLeaving);
  try {
    for (let batch = batched(waiting)[0]; batch; batch = batched(waiting)[0]) {
      await sendBatch(batch, control.signal);
      waiting = waiting.slice(batch.length);
    }
    change({ active: false });
  } catch (problem) {
    change({ active: false, unsent: waiting, problem: control.signal.aborted ? null : problem });
    waiting = [];
  }
  removeEventListener("beforeunload", askBeforeLeaving);
}

async function sendBatch(batch: FoundFile[], stop: AbortSignal): Promise<void> {
  const before = sending.value?.sentBytes ?? 0;
  const bytes = bytesOf(batch);
  // What is sent has headers besides the files: never more than the files are shown.
  const job = await upload(batch, (sent) => change({ sentBytes: before + Math.min(sent, bytes) }), stop);
  change({ sentBytes: before + bytes, sentFiles: (sending.value?.sentFiles ?? 0) + batch.length });
  follow(job);
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
  take(sending.value?.unsent ?? []);
}

/** Forgets what was sent and the jobs that ended. */
export function clearIntake(): void {
  sending.value = null;
  intakeJobs.value = intakeJobs.value.filter(isActive);
}

const followed = new Set<string>();

function follow(id: string): void {
  if (followed.has(id)) {
    return;
  }
  followed.add(id);
  listen(id, (job) => {
    intakeJobs.value = withJob(intakeJobs.value, job);
    if (!isActive(job)) {
      arrivals.value += 1;
      tellEnd(job);
    }
  });
}

function tellEnd(job: Job): void {
  if (job.report) {
    tell(t("report.stored", { what: counted(job.report.stored, "photos"), animals: counted(job.report.annotations, "annotations") }));
  } else if (job.state === "failed") {
    tell(job.message ?? t("problem.title"), { kind: "problem" });
  }
}

/** Follows the jobs that were going on before this page was opened. */
export async function followRunning(): Promise<void> {
  const { items } = await get<{ items: Job[] }>("/api/v1/jobs");
  for (const job of items.filter((job) => job.kind === "photos" && isActive(job))) {
    follow(job.job);
  }
}
