import { send } from "../api/client";
import type { CatalogOverview } from "../api/types";
import { signed } from "../reviewer";
import { t } from "../strings";
import { Button, Loading } from "../ui";
import { Answers } from "./catalog/Answers";
import { Calibrations } from "./catalog/Calibrations";
import { JobsPanel } from "./catalog/JobsPanel";
import { Numbers } from "./catalog/Numbers";
import { Failures } from "./catalog/shared/JobCard";
import { Problem } from "./catalog/shared/Problem";
import { isActive } from "./catalog/shared/jobs";
import { useAction } from "./catalog/shared/useAction";
import { useRead } from "./catalog/shared/useRead";
import { useJobs, type Jobs } from "./catalog/useJobs";

/** The catalog as a whole: what is in it, what answers, what there is to do. */
export function CatalogPage() {
  const read = useRead<CatalogOverview>("/api/v1/catalog");
  const jobs = useJobs(read.reload);
  return (
    <div class="sheet">
      <header class="sheet-head">
        <h1>{read.value?.name ?? t("nav.catalog")}</h1>
        {read.value && <span class="muted">{t("catalog.version", { version: read.value.version })}</span>}
        <a class="button push-right" href="/api/v1/export/table.csv" download>{t("catalog.export")}</a>
      </header>
      {read.problem != null && <Problem error={read.problem} onRetry={read.reload} />}
      {!read.value && read.problem == null && <Loading />}
      {read.value && <Overview catalog={read.value} jobs={jobs} />}
    </div>
  );
}

function Overview({ catalog, jobs }: { catalog: CatalogOverview; jobs: Jobs }) {
  return (
    <>
      <Numbers catalog={catalog} />
      <div class="panels">
        <Advice advice={catalog.advice} />
        <Answers catalog={catalog} />
        <section class="panel" aria-labelledby="calibration-title">
          <header class="panel-head">
            <h2 id="calibration-title">{t("catalog.calibration")}</h2>
            <CalibrateAgain jobs={jobs} />
          </header>
          <Calibrations calibrations={catalog.calibrations} />
        </section>
        <JobsPanel jobs={jobs} />
        {catalog.failures.length > 0 && (
          <section class="panel" aria-labelledby="failures-title">
            <h2 id="failures-title">{t("catalog.failures")}</h2>
            <Failures failures={catalog.failures} open />
          </section>
        )}
      </div>
    </>
  );
}

function Advice({ advice }: { advice: CatalogOverview["advice"] }) {
  return (
    <section class="panel" aria-labelledby="advice-title">
      <h2 id="advice-title">{t("catalog.advice")}</h2>
      {advice.length === 0 && <p class="muted">{t("catalog.noAdvice")}</p>}
      <ul class="advice">
        {advice.map(({ what, hint }) => (
          <li key={what}>
            {what}
            {hint !== null && <span class="muted advice-hint">{hint}</span>}
          </li>
        ))}
      </ul>
    </section>
  );
}

function CalibrateAgain({ jobs }: { jobs: Jobs }) {
  const action = useAction();
  const running = jobs.jobs.some((job) => job.kind === "calibrate" && isActive(job));
  const start = () => action.run(async () => {
    await send("POST", "/api/v1/calibrate", signed());
    jobs.reload();
  });
  return (
    <>
      <Button disabled={action.busy || running} onClick={start}>{running ? t("catalog.calibrating") : t("catalog.calibrate")}</Button>
      {action.problem && <p class="problem-words" role="alert">{action.problem}</p>}
    </>
  );
}
