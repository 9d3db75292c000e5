import type { ComponentChildren } from "preact";
import type { IndividualDetails } from "../../api/types";
import { t } from "../../strings";
import { Tag } from "../../ui";
import { counted, daysText } from "../catalog/shared/formats";

/** What is known of an individual beside its photos. */
export function Facts({ individual }: { individual: IndividualDetails }) {
  const attributes = Object.entries(individual.attributes);
  return (
    <dl class="fact-list">
      <Fact name={t("individual.id")}><code>{individual.id}</code></Fact>
      <Fact name={t("individual.seen")}>{daysText(individual.first_seen, individual.last_seen)}</Fact>
      <Fact name={t("individual.counts")}>{[counted(individual.photos, "photos"), counted(individual.encounters, "encounters")].join(" · ")}</Fact>
      <Fact name={t("individual.aliases")}>
        {individual.aliases.length === 0 ? <span class="muted">{t("individual.noAliases")}</span> : individual.aliases.map((alias) => <Tag key={alias}>{alias}</Tag>)}
      </Fact>
      {attributes.map(([name, value]) => <Fact key={name} name={name}>{value}</Fact>)}
    </dl>
  );
}

function Fact({ name, children }: { name: string; children: ComponentChildren }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
