import type { ComponentChildren } from "preact";
import type { CatalogOverview } from "../../api/types";
import { t } from "../../strings";
import { Tag } from "../../ui";

/** What answers when a photo is asked about, and what it costs. */
export function Answers({ catalog }: { catalog: CatalogOverview }) {
  return (
    <section class="panel" aria-labelledby="answers-title">
      <h2 id="answers-title">{t("catalog.answers")}</h2>
      <dl class="pairs">
        <Pair name={t("catalog.bundle")}>{catalog.bundle || <None />}</Pair>
        <Pair name={t("catalog.detector")}>{catalog.detector || <None />}</Pair>
        <Pair name={t("catalog.features")}><Names names={catalog.local_features} /></Pair>
        <Pair name={t("catalog.classifiers")}><Names names={catalog.classifiers} /></Pair>
        <Pair name={t("catalog.viewpoints")}><Names names={catalog.viewpoints_there} /></Pair>
        <Pair name={t("catalog.speciesThere")}><Names names={catalog.species_there} /></Pair>
        {catalog.prices.words && <Pair name={t("catalog.prices")}>{catalog.prices.words}</Pair>}
      </dl>
    </section>
  );
}

function Pair({ name, children }: { name: string; children: ComponentChildren }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

const None = () => <span class="muted">{t("catalog.none")}</span>;

function Names({ names }: { names: readonly string[] }) {
  return names.length === 0 ? <None /> : <span class="tags">{names.map((name) => <Tag key={name}>{name}</Tag>)}</span>;
}
