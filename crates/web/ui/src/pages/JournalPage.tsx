import type { JournalRow } from "../api/types";
import { t } from "../strings";
import { Empty } from "../ui";
import { ListFrame } from "./catalog/shared/ListFrame";
import { counted } from "./catalog/shared/formats";
import { usePaged } from "./catalog/shared/usePaged";
import { JournalLine } from "./journal/JournalLine";

/** The journal: every step, newest first, with what it changed and a way to take it back. */
export function JournalPage() {
  const list = usePaged<JournalRow>("/api/v1/journal", 50);
  return (
    <div class="sheet">
      <header class="sheet-head">
        <h1>{t("nav.journal")}</h1>
        {list.ready && <span class="muted">{counted(list.total, "steps")}</span>}
        <span class="muted">{t("journal.intro")}</span>
      </header>
      <ListFrame list={list} empty={<Empty title={t("journal.empty")}><p>{t("journal.emptyMore")}</p></Empty>}>
        {/* Roles are spelt out since a narrow screen stacks the cells, and some browsers then forget the table. */}
        <table class="journal" role="table" aria-label={t("nav.journal")}>
          <thead role="rowgroup">
            <tr role="row">
              <th role="columnheader" scope="col">{t("journal.step")}</th>
              <th role="columnheader" scope="col">{t("journal.who")}</th>
              <th role="columnheader" scope="col">{t("journal.when")}</th>
              <th role="columnheader" scope="col" class="number">{t("journal.annotations")}</th>
              <th role="columnheader" scope="col"><span class="visually-hidden">{t("journal.takeBack")}</span></th>
            </tr>
          </thead>
          <tbody role="rowgroup">{list.items.map((row) => <JournalLine key={row.step} row={row} onChanged={list.reload} />)}</tbody>
        </table>
      </ListFrame>
    </div>
  );
}
