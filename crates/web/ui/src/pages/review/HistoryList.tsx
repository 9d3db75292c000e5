import { keyOf } from "../../keys";
import { href } from "../../router";
import { t } from "../../strings";
import { Button, Tag } from "../../ui";
import type { Entry } from "./history";
import { review } from "./session";
import { entryWords } from "./words";

/** The verdicts given on this screen, latest first; each can be taken back and brought again. */
export function HistoryList() {
  const undoKey = keyOf("undo");
  const entries = [...review.history.entries.value].reverse();
  return (
    <section class="history" aria-labelledby="history-heading">
      <header class="list-head">
        <h2 id="history-heading">{t("history.title")}</h2>
        <a class="button button-quiet" href={href("journal")}>{t("history.journal")}</a>
      </header>
      {entries.length === 0
        ? <p class="muted history-empty">{undoKey ? t("history.empty", { key: undoKey }) : t("history.emptyNoKey")}</p>
        : <ul class="history-list">{entries.map((entry) => <HistoryEntry key={entry.number} entry={entry} />)}</ul>}
    </section>
  );
}

function HistoryEntry({ entry }: { entry: Entry }) {
  const undone = entry.state === "undone";
  return (
    <li class={undone ? "history-entry history-undone" : "history-entry"}>
      <span class="history-words">
        <span>{entryWords(entry)}</span>
        <a href={href("review", entry.caseId)}>{entry.caseId}</a>
        {entry.state === "failed" && <Tag tone="warn">{t("history.failed")}</Tag>}
        {undone && <Tag>{t("history.undone")}</Tag>}
      </span>
      <EntryAction entry={entry} />
    </li>
  );
}

function EntryAction({ entry }: { entry: Entry }) {
  switch (entry.state) {
    case "saving": return <span class="muted">{t("history.saving")}</span>;
    case "failed": return <Button onClick={() => review.open(entry.caseId)}>{t("history.toCase")}</Button>;
    default: {
      const words = t(entry.state === "undone" ? "common.redo" : "common.undo");
      return (
        <Button disabled={entry.superseded || entry.turning} aria-label={`${words}: ${entryWords(entry)}`}
          onClick={() => review.turn(entry.number)}>{words}</Button>
      );
    }
  }
}
