import type { ComponentChildren } from "preact";
import type { Case } from "../../api/types";
import { t } from "../../strings";
import { Percent } from "../../ui";
import { Marks } from "./Marks";
import { PhotoFacts } from "./PhotoFacts";
import { PhotoStrip } from "./PhotoStrip";
import { review } from "./session";
import { Stage } from "./Stage";
import { NEW } from "./verdicts";
import { overlay, shown } from "./view";

/** Both pictures side by side: the query on the left, the candidate on the right. */
export function Panes({ about }: { about: Case }) {
  return (
    <div class={overlay.value === "off" ? "panes" : "panes panes-overlaid"}>
      <QueryPane about={about} />
      <CandidatePane />
      <Marks />
    </div>
  );
}

function QueryPane({ about }: { about: Case }) {
  return (
    <section class="pane pane-left" aria-labelledby="query-heading">
      <h2 id="query-heading" class="pane-head">
        <span>{t("pane.query")}</span>
        <PhotoCount at={review.queryPhoto.value} of={about.query.length} />
      </h2>
      <Stage side="left" label={t("pane.query.stage")} />
      <PhotoFacts annotation={shown.left.value} />
      <PhotoStrip label={t("pane.query.strip")} annotations={about.query} shown={review.queryPhoto} />
    </section>
  );
}

function CandidatePane() {
  const candidate = review.chosen.value;
  return (
    <section class="pane pane-right" aria-labelledby="candidate-heading">
      <h2 id="candidate-heading" class="pane-head">
        <span>{candidate ? candidate.individual.name : t(isNewChosen() ? "card.new" : "pane.nobody")}</span>
        {candidate && !review.blind.value && candidate.probability != null && <Percent value={candidate.probability} />}
        {candidate && <PhotoCount at={review.candidatePhoto.value} of={candidate.annotations.length} all={candidate.photos} />}
      </h2>
      <Stage side="right" label={t("pane.candidate.stage")}><NothingToCompare /></Stage>
      <PhotoFacts annotation={shown.right.value} />
      <PhotoStrip label={t("pane.candidate.strip")} annotations={candidate?.annotations ?? []} shown={review.candidatePhoto} />
    </section>
  );
}

function PhotoCount({ at, of, all }: { at: number; of: number; all?: number }): ComponentChildren {
  if (of === 0) return null;
  const more = all !== undefined && all > of ? ` ${t("pane.more", { n: all })}` : "";
  return <span class="muted">{t("pane.photo", { at: at + 1, of })}{more}</span>;
}

function isNewChosen(): boolean {
  return review.choice.value === NEW;
}

function NothingToCompare() {
  return (
    <div class="stage-empty">
      <p><strong>{t(isNewChosen() ? "new.title" : "pane.nobody")}</strong></p>
      <p>{t(isNewChosen() ? "new.what" : "pane.nobody.what")}</p>
    </div>
  );
}
