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
        {undone && <Tag>{t("history.undone")}</Tag>}
      </span>
      {entry.state === "saving"
        ? <span class="muted">{t("history.saving")}</span>
        : <Button disabled={entry.superseded} aria-label={`${t(undone ? "common.redo" : "common.undo")}: ${entryWords(entry)}`}
            onClick={() => review.turn(entry.number)}>{t(undone ? "common.redo" : "common.undo")}</Button>}
    </li>
  );
}
