import type { CatalogOverview } from "../../api/types";
import { href } from "../../router";
import { t } from "../../strings";
import { numberText } from "./shared/formats";

/** How much is in the catalog. */
export function Numbers({ catalog }: { catalog: CatalogOverview }) {
  const numbers = [
    { name: t("catalog.photos"), value: catalog.photos },
    { name: t("catalog.annotations"), value: catalog.annotations },
    { name: t("catalog.unidentified"), value: catalog.unidentified, page: "inbox" },
    { name: t("catalog.individuals"), value: catalog.individuals, page: "individuals" },
    { name: t("catalog.encounters"), value: catalog.encounters },
    { name: t("catalog.species"), value: catalog.species },
  ];
  return (
    <dl class="numbers">
      {numbers.map(({ name, value, page }) => (
        <div key={name}>
          <dt>{page ? <a href={href(page)}>{name}</a> : name}</dt>
          <dd>{numberText(value)}</dd>
        </div>
      ))}
    </dl>
  );
}
