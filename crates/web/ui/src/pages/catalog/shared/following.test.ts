import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { Job } from "../../../api/types";
import { setLanguage, t } from "../../../strings";
import { compared, expectJob, followJobs, jobsNow } from "./following";

function job(id: string, state: Job["state"]): Job {
  return { job: id, kind: "photos", state, title: "", done: 0, total: null, seconds_left: null, ahead: 0, message: null, report: null };
}

let listed: Job[] = [];
let asked = 0;

beforeEach(() => {
  setLanguage("en");
  vi.useFakeTimers();
  asked = 0;
  vi.stubGlobal("fetch", () => {
    asked += 1;
    return Promise.resolve(new Response(JSON.stringify({ items: listed }), { status: 200 }));
  });
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

it("one poll follows all jobs, while one is active and somebody follows", async () => {
  listed = [job("job-2", "waiting"), job("job-1", "running")];
  const ended: string[] = [];
  const stop = followJobs((_, now) => ended.push(...now.map((one) => one.job)));
  const stopOther = followJobs(() => {});
  await vi.advanceTimersByTimeAsync(100);
  listed = [job("job-2", "running"), job("job-1", "done")];
  const first = asked;
  await vi.advanceTimersByTimeAsync(2000);
  expect(asked).toBe(first + 1);
  expect(ended).toEqual(["job-1"]);
  listed = [job("job-2", "done"), job("job-1", "done")];
  await vi.advanceTimersByTimeAsync(10_000);
  expect(asked).toBe(first + 2);
  expect(ended).toEqual(["job-1", "job-2"]);
  stop();
  stopOther();
});

it("a job that a restarted server forgot is gone, and says so", async () => {
  listed = [];
  const ended: Job[] = [];
  const stop = followJobs((_, now) => ended.push(...now));
  await vi.advanceTimersByTimeAsync(100);
  expectJob("job-9");
  expect(jobsNow.value.jobs[0]?.state).toBe("waiting");
  await vi.advanceTimersByTimeAsync(100);
  expect(ended.map((one) => [one.job, one.state, one.message])).toEqual([["job-9", "failed", t("job.gone")]]);
  stop();
});

it("a job expected after the question is not gone for being missing in its answer", () => {
  const { jobs, ended } = compared([], [job("job-3", "waiting")], [job("job-1", "done")]);
  expect(jobs.map((one) => one.job)).toEqual(["job-3", "job-1"]);
  expect(ended).toEqual([]);
});
