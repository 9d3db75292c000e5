import { signal } from "@preact/signals";
import { ApiProblem, get } from "../../../api/client";
import type { Job } from "../../../api/types";
import { t } from "../../../strings";
import { isActive } from "./jobs";

/** The jobs as the server last said. */
export interface JobsNow {
  jobs: Job[];
  /** Whether the server was asked at all. */
  ready: boolean;
  problem: unknown;
}

/** The jobs now; up to date as long as somebody follows them. */
export const jobsNow = signal<JobsNow>({ jobs: [], ready: false, problem: null });

/** Hears of all jobs after every answer, and which of them have ended since the one before. */
export type Follower = (jobs: readonly Job[], ended: readonly Job[]) => void;

// One question for all jobs: a stream for each would use up the few connections that a browser opens to a server.
const POLL_MS = 2000;

const followers = new Set<Follower>();
let timer: ReturnType<typeof setTimeout> | undefined;
let asking = false;
let askAgain = false;

/** Follows the jobs until the function returned is called. */
export function followJobs(follower: Follower): () => void {
  followers.add(follower);
  askForJobs();
  return () => {
    followers.delete(follower);
    if (followers.size === 0) {
      clearTimeout(timer);
    }
  };
}

/** Waits for a job that takes photos in and was started just now, though the list read last does not have it. */
export function expectJob(id: string): void {
  const { value } = jobsNow;
  if (!value.jobs.some((job) => job.job === id && isActive(job))) {
    const others = value.jobs.filter((job) => job.job !== id);
    jobsNow.value = { ...value, jobs: [startedJob(id), ...others] };
  }
  askForJobs();
}

function startedJob(id: string): Job {
  return { job: id, kind: "photos", state: "waiting", title: t("job.photos"), done: 0, total: null, seconds_left: null, ahead: 0, message: null, report: null };
}

/** Asks for the jobs now, and from then on as long as one is waiting or running and somebody follows. */
export function askForJobs(): void {
  clearTimeout(timer);
  if (asking) {
    // The answer on its way may be older than what is to be known.
    askAgain = true;
    return;
  }
  void ask();
}

async function ask(): Promise<void> {
  asking = true;
  const before = jobsNow.peek().jobs.filter(isActive);
  try {
    const { items } = await get<{ items: Job[] }>("/api/v1/jobs");
    const known = jobsNow.peek().jobs;
    const { jobs, ended } = compared(before, known, items);
    jobsNow.value = { jobs, ready: true, problem: null };
    followers.forEach((follower) => follower(jobs, ended));
  } catch (problem) {
    jobsNow.value = { ...jobsNow.peek(), ready: true, problem };
  }
  asking = false;
  goOn();
}

function goOn(): void {
  const { jobs, problem } = jobsNow.peek();
  // Who is not let in is not let in two seconds later either; whoever follows next asks anew.
  const refused = problem instanceof ApiProblem && problem.status === 401;
  if (askAgain) {
    askAgain = false;
    void ask();
  } else if (followers.size > 0 && jobs.some(isActive) && !refused) {
    timer = setTimeout(askForJobs, POLL_MS);
  }
}

/**
 * The jobs after an answer, and which of the active ones have ended; `before` are those that were active at the question.
 * A server that was restarted forgets its jobs: those it no longer lists are gone. Jobs that were
 * expected only after the question are not in the answer yet and stay.
 */
export function compared(before: readonly Job[], known: readonly Job[], listed: readonly Job[]): { jobs: Job[]; ended: Job[] } {
  const there = new Set(listed.map((job) => job.job));
  const asked = new Set(before.map((job) => job.job));
  const gone = before.filter((job) => !there.has(job.job)).map(goneJob);
  const active = new Set(known.filter(isActive).map((job) => job.job));
  const newer = known.filter((job) => isActive(job) && !there.has(job.job) && !asked.has(job.job));
  const goneEarlier = known.filter((job) => isGone(job) && !there.has(job.job));
  const ended = listed.filter((job) => active.has(job.job) && !isActive(job));
  return { jobs: [...newer, ...gone, ...goneEarlier, ...listed], ended: [...ended, ...gone] };
}

const goneJobs = new WeakSet<Job>();
const isGone = (job: Job) => goneJobs.has(job);

function goneJob(job: Job): Job {
  const gone: Job = { ...job, state: "failed", seconds_left: null, message: t("job.gone") };
  goneJobs.add(gone);
  return gone;
}
