import { beforeEach, expect, it } from "vitest";
import type { Job } from "../../../api/types";
import { setLanguage } from "../../../strings";
import { isActive, progressText, reportsOf, withJob } from "./jobs";

function job(more: Partial<Job>): Job {
  return { job: "job-1", kind: "photos", state: "running", title: "", done: 3, total: 10, seconds_left: 40, ahead: 0, message: null, report: null, ...more };
}

beforeEach(() => setLanguage("en"));

it("says how far a job is", () => {
  expect(progressText(job({}))).toBe("running · 3 of 10 · about 40 sec left");
  expect(progressText(job({ state: "waiting", ahead: 2 }))).toBe("waiting: 2 jobs before it");
  expect(progressText(job({ state: "waiting", ahead: 0 }))).toBe("waiting");
  expect(progressText(job({ state: "done", done: 10 }))).toBe("done · 10 of 10");
  expect(isActive(job({ state: "stopped" }))).toBe(false);
});

it("keeps one line a job", () => {
  const jobs = withJob([job({})], job({ job: "job-2" }));
  expect(jobs.map((one) => one.job)).toEqual(["job-2", "job-1"]);
  expect(withJob(jobs, job({ done: 9 }))[1]?.done).toBe(9);
});

it("adds reports up", () => {
  const report = { stored: 1, already_there: 2, annotations: 3, failures: [{ about: "a.jpg", message: "no photo" }] };
  expect(reportsOf([job({ report }), job({ report }), job({})])).toMatchObject({ stored: 2, already_there: 4, annotations: 6 });
  expect(reportsOf([job({})])).toBeNull();
});
