import type { IndividualRow } from "../../api/types";
import { href } from "../../router";
import { t } from "../../strings";
import { annotationSource, Picture } from "../../ui";
import { counted, daysText, listed } from "../catalog/shared/formats";

/** One individual in the grid: its best picture, its name, and when it was seen. */
export function IndividualCard({ row }: { row: IndividualRow }) {
  return (
    <li class="card">
      <a class="card-link" href={href("individuals", row.id)}>
        <BestPicture row={row} size={400} />
        <span class="card-name">{row.name}</span>
      </a>
      {row.aliases.length > 0 && <span class="muted card-line">{t("individuals.also", { names: listed(row.aliases) })}</span>}
      <span class="card-line">{[counted(row.photos, "photos"), counted(row.encounters, "encounters")].join(" · ")}</span>
      <span class="muted card-line">{daysText(row.first_seen, row.last_seen)}</span>
    </li>
  );
}

/** The best picture of an individual, or words where it has none. */
export function BestPicture({ row, size }: { row: Pick<IndividualRow, "best" | "name">; size: number }) {
  if (row.best === null) {
    return <span class="picture picture-failed">{t("individuals.noPicture")}</span>;
  }
  // The name stands beside it: said twice, it would only be noise.
  return <Picture src={annotationSource(row.best, size)} alt="" />;
}
