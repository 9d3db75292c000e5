import { useEffect, useRef, useState } from "preact/hooks";
import { tellProblem, wordsFor } from "../../notice";
import { t } from "../../strings";
import { Button } from "../../ui";
import { JobCard, Report } from "../catalog/shared/JobCard";
import { bytesText, counted, numberText } from "../catalog/shared/formats";
import { isActive, reportsOf } from "../catalog/shared/jobs";
import { ofDrop, ofInput } from "./files";
import { clearIntake, followRunning, intakeJobs, sendAgain, sending, stopSending, take, type Refused, type Sending } from "./intake";

/** Where photos are dropped or chosen, and what becomes of them. */
export function UploadPanel() {
  useEffect(followRunning, []);
  return (
    <section class="intake" aria-labelledby="intake-title">
      <h2 id="intake-title" class="visually-hidden">{t("inbox.add")}</h2>
      <DropZone />
      {sending.value && <SendingLine now={sending.value} />}
      <IntakeJobs />
    </section>
  );
}

function DropZone() {
  const [over, setOver] = useState(false);
  useWindowDrop(setOver);
  const photos = useRef<HTMLInputElement>(null);
  const folder = useRef<HTMLInputElement>(null);
  const zone = useRef<HTMLDivElement>(null);
  // Photos may be dropped far down the page, where their progress would not be seen.
  const busy = sending.value?.active === true;
  useEffect(() => {
    if (busy) {
      zone.current?.scrollIntoView({ block: "nearest" });
    }
  }, [busy]);
  useEffect(() => folder.current?.setAttribute("webkitdirectory", ""), []);
  return (
    <div ref={zone} class={over ? "drop drop-over" : "drop"}>
      <p class="drop-words"><strong>{over ? t("inbox.dropNow") : t("inbox.drop")}</strong> <span class="muted">{t("inbox.dropMore")}</span></p>
      <div class="drop-buttons">
        <Button look="main" onClick={() => photos.current?.click()}>{t("inbox.choosePhotos")}</Button>
        <Button onClick={() => folder.current?.click()}>{t("inbox.chooseFolder")}</Button>
      </div>
      <input ref={photos} type="file" multiple accept="image/*,.heic,.heif,.tif,.tiff" hidden aria-label={t("inbox.choosePhotos")} onChange={takeChosen} />
      <input ref={folder} type="file" multiple hidden aria-label={t("inbox.chooseFolder")} onChange={takeChosen} />
    </div>
  );
}

function takeChosen(event: { currentTarget: HTMLInputElement }): void {
  const input = event.currentTarget;
  if (input.files) {
    take(ofInput(input.files));
  }
  // The same files can then be chosen once more.
  input.value = "";
}

/** Takes files that are dropped anywhere: beside the field, the browser would leave the page to show them. */
function useWindowDrop(setOver: (over: boolean) => void): void {
  useEffect(() => {
    const drag = (event: DragEvent) => {
      if (event.dataTransfer?.types.includes("Files")) {
        event.preventDefault();
        setOver(true);
      }
    };
    const leave = (event: DragEvent) => {
      if (event.relatedTarget === null) {
        setOver(false);
      }
    };
    const drop = (event: DragEvent) => {
      setOver(false);
      // Dragged text or a picture of this page brings no files.
      if (event.dataTransfer?.types.includes("Files")) {
        event.preventDefault();
        ofDrop(event.dataTransfer).then(take, tellProblem);
      }
    };
    addEventListener("dragover", drag);
    addEventListener("dragleave", leave);
    addEventListener("drop", drop);
    return () => {
      removeEventListener("dragover", drag);
      removeEventListener("dragleave", leave);
      removeEventListener("drop", drop);
    };
  }, [setOver]);
}

function SendingLine({ now }: { now: Sending }) {
  return (
    <article class="job" aria-label={t("inbox.sending")}>
      <div class="job-line">
        <strong>{sendingTitle(now)}</strong>
        {now.files > 0 && <span class="muted">{t("inbox.sentOf", { sent: bytesText(now.sentBytes), all: bytesText(now.bytes) })}</span>}
        {now.active && <Button onClick={stopSending}>{t("inbox.stopSending")}</Button>}
        {!now.active && now.refused.length > 0 && <Button look="quiet" onClick={clearIntake}>{t("inbox.clear")}</Button>}
        {now.unsent.length > 0 && <Button look="main" onClick={sendAgain}>{t("inbox.sendAgain", { what: counted(now.unsent.length, "photos") })}</Button>}
      </div>
      {now.active && <progress class="bar" aria-label={t("inbox.sending")} value={now.sentBytes} max={Math.max(1, now.bytes)} />}
      {now.problem != null && <p class="problem-words" role="alert">{wordsFor(now.problem)}</p>}
      {now.refused.map((refused, index) => <RefusedFiles key={index} refused={refused} />)}
      <LeftOut names={now.others} />
    </article>
  );
}

function sendingTitle(now: Sending): string {
  if (now.active) {
    return t("inbox.sendingNow", { sent: numberText(now.sentFiles), all: counted(now.files, "photos") });
  }
  if (now.files === 0 && now.refused.length === 0 && now.unsent.length === 0) {
    return t("inbox.noPhotos");
  }
  return now.unsent.length > 0 ? t("inbox.notAllSent", { what: counted(now.unsent.length, "photos") }) : t("inbox.allSent", { what: counted(now.files, "photos") });
}

function RefusedFiles({ refused }: { refused: Refused }) {
  return (
    <details class="failures">
      <summary>{t("inbox.refused", { what: counted(refused.names.length, "photos") })}</summary>
      <p class="problem-words">{wordsFor(refused.problem)}</p>
      <ul>{refused.names.map((name) => <li key={name}><code>{name}</code></li>)}</ul>
    </details>
  );
}

function LeftOut({ names }: { names: string[] }) {
  if (names.length === 0) {
    return null;
  }
  return (
    <details class="failures">
      <summary>{t("inbox.leftOut", { what: counted(names.length, "files") })}</summary>
      <ul>{names.map((name) => <li key={name}><code>{name}</code></li>)}</ul>
    </details>
  );
}

function IntakeJobs() {
  const jobs = intakeJobs.value;
  const ended = jobs.filter((job) => !isActive(job));
  const report = reportsOf(ended);
  const unhappy = ended.filter((job) => job.report === null);
  return (
    <>
      {jobs.filter(isActive).map((job) => <JobCard key={job.job} job={job} />)}
      {unhappy.map((job) => <JobCard key={job.job} job={job} />)}
      {report && (
        <article class="job job-done" aria-label={t("inbox.result")}>
          <div class="job-line">
            <strong>{t("inbox.result")}</strong>
            {!sending.value?.active && <Button look="quiet" onClick={clearIntake}>{t("inbox.clear")}</Button>}
          </div>
          <Report report={report} />
        </article>
      )}
    </>
  );
}
