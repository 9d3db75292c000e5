import { send } from "../../../api/client";
import type { Failure, Job } from "../../../api/types";
import { t } from "../../../strings";
import { Button } from "../../../ui";
import { counted } from "./formats";
import { isActive, progressText } from "./jobs";
import { useAction } from "./useAction";

/** One job: how far it is, what came of it, and a button to stop it. */
export function JobCard({ job }: { job: Job }) {
  const stopping = useAction();
  const stop = () => stopping.run(() => send("DELETE", `/api/v1/jobs/${encodeURIComponent(job.job)}`));
  return (
    <article class={`job job-${job.state}`} aria-label={job.title}>
      <div class="job-line">
        <strong>{job.title}</strong>
        <span class="muted">{progressText(job)}</span>
        {isActive(job) && <Button onClick={stop} disabled={stopping.busy}>{t("job.stop")}</Button>}
      </div>
      {isActive(job) && <JobBar job={job} />}
      {job.message && <p class={job.state === "failed" ? "problem-words" : "muted"}>{job.message}</p>}
      {stopping.problem && <p class="problem-words" role="alert">{stopping.problem}</p>}
      {job.report && !isActive(job) && <Report report={job.report} />}
    </article>
  );
}

function JobBar({ job }: { job: Job }) {
  const known = job.total !== null && job.state === "running" ? { value: job.done, max: Math.max(1, job.total) } : {};
  return <progress class="bar" aria-label={job.title} {...known} />;
}

/** What came of taking photos in. */
export function Report({ report }: { report: NonNullable<Job["report"]> }) {
  return (
    <div class="report">
      <ul class="report-lines">
        <li>{t("report.stored", { what: counted(report.stored, "photos"), animals: counted(report.annotations, "annotations") })}</li>
        {report.already_there > 0 && <li>{t("report.there", { what: counted(report.already_there, "photos") })}</li>}
      </ul>
      <Failures failures={report.failures} />
    </div>
  );
}

/** The files that could not be used, and why. */
export function Failures({ failures, open = false }: { failures: readonly Failure[]; open?: boolean }) {
  if (failures.length === 0) {
    return null;
  }
  return (
    <details class="failures" open={open}>
      <summary>{t("report.failed", { what: counted(failures.length, "files") })}</summary>
      <ul>
        {failures.map((failure) => (
          <li key={`${failure.about} ${failure.message}`}><code>{failure.about}</code> <span>{failure.message}</span></li>
        ))}
      </ul>
    </details>
  );
}
