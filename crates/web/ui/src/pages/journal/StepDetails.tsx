import { useState } from "preact/hooks";
import type { Step } from "../../api/types";
import { t } from "../../strings";
import { annotationSource, Button, Loading, Picture } from "../../ui";
import { Problem } from "../catalog/shared/Problem";
import { useRead } from "../catalog/shared/useRead";
import { changesOf, sentencesOf, type Changed } from "./words";

const FIRST = 50;

/** All that a step changed: in sentences, then thing by thing, before and after. */
export function StepDetails({ id }: { id: string }) {
  const read = useRead<Step>(`/api/v1/journal/${encodeURIComponent(id)}`);
  if (read.problem != null) {
    return <Problem error={read.problem} onRetry={read.reload} />;
  }
  if (!read.value) {
    return <Loading />;
  }
  return (
    <div class="step-details">
      <ul class="sentences">{sentencesOf(read.value).map((sentence) => <li key={sentence}>{sentence}</li>)}</ul>
      <Changes changes={changesOf(read.value)} />
    </div>
  );
}

function Changes({ changes }: { changes: Changed[] }) {
  const [all, setAll] = useState(false);
  if (changes.length === 0) {
    return <p class="muted">{t("journal.nothing")}</p>;
  }
  return (
    <>
      <table class="changes">
        <thead>
          <tr>
            <th scope="col">{t("journal.what")}</th>
            <th scope="col">{t("journal.before")}</th>
            <th scope="col">{t("journal.after")}</th>
          </tr>
        </thead>
        <tbody>{(all ? changes : changes.slice(0, FIRST)).map((change, index) => <ChangeLine key={index} change={change} />)}</tbody>
      </table>
      {!all && changes.length > FIRST && <Button onClick={() => setAll(true)}>{t("journal.showAll", { n: changes.length })}</Button>}
    </>
  );
}

function ChangeLine({ change }: { change: Changed }) {
  return (
    <tr>
      <td>
        <span class="change-what">
          {change.annotation && <Picture src={annotationSource(change.annotation, 80)} alt="" />}
          <span>{change.what}</span>
        </span>
      </td>
      <td>{change.before}</td>
      <td>{change.after}</td>
    </tr>
  );
}
