import { useEffect, useRef } from "preact/hooks";
import type { Candidate, Case, PairVerdict } from "../../api/types";
import { t } from "../../strings";
import { AnnotationPicture, Percent, percentWords, Tag } from "../../ui";
import { NewIcon } from "./icons";
import { intoView } from "./PhotoStrip";
import { review } from "./session";
import { NEW } from "./verdicts";
import { countWords, daysWords, kmWords, verdictWords } from "./words";

/** The ranked individuals, and always in sight "none of these". */
export function Candidates({ about }: { about: Case }) {
  const list = useRef<HTMLOListElement>(null);
  const shown = review.candidates.value;
  const at = review.choice.value === NEW ? shown.length : shown.findIndex((one) => one.individual.id === review.choice.value);
  useEffect(() => intoView(list.current, at), [at, about.case]);
  return (
    <section class="candidates" aria-labelledby="candidates-heading">
      <header class="list-head">
        <h2 id="candidates-heading">{t("candidates.title")}</h2>
        <Compared about={about} />
      </header>
      <ol ref={list} class="ranks">
        {shown.map((candidate) => <CandidateCard key={candidate.individual.id} candidate={candidate} calibrated={about.calibrated} />)}
      </ol>
      <NewCard about={about} />
    </section>
  );
}

function Compared({ about }: { about: Case }) {
  const { individuals, photos, filters } = about.compared;
  const others = about.others_probability;
  return (
    <p class="muted" title={filters.join(", ")}>
      {t("candidates.compared", { individuals: countWords(individuals), photos: countWords(photos) })}
      {filters.length > 0 && ` ${t("candidates.filters", { filters: filters.join(", ") })}`}
      {!about.calibrated && ` ${t("candidates.uncalibrated")}`}
      {others != null && !review.blind.value && ` ${t("candidates.others", { percent: percentWords(others) })}`}
    </p>
  );
}

function CandidateCard({ candidate, calibrated }: { candidate: Candidate; calibrated: boolean }) {
  const { individual, annotations } = candidate;
  const chosen = review.choice.value === individual.id;
  const first = annotations[0];
  return (
    <li class={chosen ? "rank rank-chosen" : "rank"}>
      <button type="button" class="rank-button" aria-pressed={chosen} onClick={() => review.choose(individual.id)}>
        <span class="rank-picture">{first && <AnnotationPicture annotation={first} size={200} />}</span>
        <span class="rank-words">
          <span class="rank-title">
            <strong>{individual.name}</strong>
            {!review.blind.value && <Chance probability={calibrated ? candidate.probability : null} similarity={candidate.similarity} />}
          </span>
          <span class="rank-facts">{factsOf(candidate, review.blind.value).map((fact) => <span key={fact}>{fact}</span>)}</span>
          {!review.blind.value && candidate.verdicts[0] && <Said verdict={candidate.verdicts[0]} />}
        </span>
      </button>
    </li>
  );
}

function Chance({ probability, similarity }: { probability: number | null; similarity: number }) {
  if (probability == null) return <span class="percent">{t("candidates.similarity", { n: similarity.toFixed(2) })}</span>;
  return (
    <span class="chance">
      <span class="chance-bar" aria-hidden="true"><span style={{ width: `${probability * 100}%` }} /></span>
      <Percent value={probability} />
    </span>
  );
}

function factsOf(candidate: Candidate, blind: boolean): string[] {
  const { photos, last_seen, days_apart, km_apart, matches } = candidate;
  return [
    t(photos === 1 ? "card.photo" : "card.photos", { n: photos }),
    last_seen ? t("card.lastSeen", { date: last_seen.slice(0, 10) }) : null,
    daysWords(days_apart),
    kmWords(km_apart),
    // How many keypoints matched is as much of a hint as the probability itself.
    matches != null && !blind ? t("card.matches", { n: matches }) : null,
  ].filter((fact) => fact !== null);
}

function Said({ verdict }: { verdict: PairVerdict }) {
  return <span><Tag tone={verdict.verdict === "same" ? "accent" : "warn"}>{t("card.said", { what: verdictWords(verdict.verdict), by: verdict.by })}</Tag></span>;
}

function NewCard({ about }: { about: Case }) {
  const chosen = review.choice.value === NEW;
  const { draft } = review;
  return (
    <div class={chosen ? "rank rank-new rank-chosen" : "rank rank-new"}>
      <button type="button" class="rank-button" aria-pressed={chosen} onClick={() => review.choose(NEW)}>
        <span class="rank-picture rank-picture-new" aria-hidden="true"><NewIcon /></span>
        <span class="rank-words">
          <span class="rank-title">
            <strong>{t("card.new")}</strong>
            {!review.blind.value && about.new_probability != null && <Chance probability={about.new_probability} similarity={0} />}
          </span>
          <span class="rank-facts">{t("card.new.what")}</span>
        </span>
      </button>
      {chosen && (
        <label class="rank-name">
          <span>{t("card.new.name")}</span>
          <input type="text" value={draft.value.name} placeholder={t("card.new.free")} autocomplete="off"
            onInput={(event) => { draft.value = { ...draft.value, name: event.currentTarget.value }; }} />
        </label>
      )}
    </div>
  );
}
