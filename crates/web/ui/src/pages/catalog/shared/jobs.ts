import type { Job } from "../../../api/types";
import { t } from "../../../strings";
import type { TextKey } from "../../../strings/en";
import { durationText, numberText } from "./formats";

const STATES = {
  waiting: "job.state.waiting",
  running: "job.state.running",
  done: "job.state.done",
  failed: "job.state.failed",
  stopped: "job.state.stopped",
} as const satisfies Record<Job["state"], TextKey>;

/** Whether a job still has something to do. */
export function isActive(job: Job): boolean {
  return job.state === "waiting" || job.state === "running";
}

/** How far a job is, in words: its place in the line, or how much is done and how long the rest takes. */
export function progressText(job: Job): string {
  if (job.state === "waiting" && job.ahead > 0) {
    return t(job.ahead === 1 ? "job.ahead.one" : "job.ahead.many", { n: numberText(job.ahead) });
  }
  const parts = [t(STATES[job.state])];
  if (job.total !== null && job.state !== "waiting") {
    parts.push(t("job.doneOf", { done: numberText(job.done), total: numberText(job.total) }));
  }
  if (job.state === "running" && job.seconds_left !== null) {
    parts.push(t("job.left", { time: durationText(job.seconds_left) }));
  }
  return parts.join(" · ");
}

/** The jobs with one brought up to date, or added at the front. */
export function withJob(jobs: readonly Job[], job: Job): Job[] {
  const known = jobs.some((other) => other.job === job.job);
  return known ? jobs.map((other) => (other.job === job.job ? job : other)) : [job, ...jobs];
}

/** What several jobs took in, together. */
export function reportsOf(jobs: readonly Job[]): NonNullable<Job["report"]> | null {
  const reports = jobs.map((job) => job.report).filter((report) => report !== null);
  if (reports.length === 0) {
    return null;
  }
  return {
    stored: reports.reduce((sum, report) => sum + report.stored, 0),
    already_there: reports.reduce((sum, report) => sum + report.already_there, 0),
    annotations: reports.reduce((sum, report) => sum + report.annotations, 0),
    failures: reports.flatMap((report) => report.failures),
  };
}
