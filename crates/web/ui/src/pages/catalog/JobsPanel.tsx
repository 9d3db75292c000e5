import { t } from "../../strings";
import { Loading } from "../../ui";
import { JobCard } from "./shared/JobCard";
import { Problem } from "./shared/Problem";
import { isActive } from "./shared/jobs";
import type { Jobs } from "./useJobs";

/** The long work of the server: what runs, what waits, what came of the rest. */
export function JobsPanel({ jobs }: { jobs: Jobs }) {
  const running = jobs.jobs.filter(isActive);
  const ended = jobs.jobs.filter((job) => !isActive(job));
  return (
    <section class="panel" aria-labelledby="jobs-title">
      <h2 id="jobs-title">{t("catalog.jobs")}</h2>
      {jobs.problem != null && <Problem error={jobs.problem} onRetry={jobs.reload} />}
      {!jobs.ready && <Loading />}
      {jobs.ready && jobs.problem == null && jobs.jobs.length === 0 && <p class="muted">{t("catalog.noJobs")}</p>}
      {[...running, ...ended].map((job) => <JobCard key={job.job} job={job} />)}
    </section>
  );
}
