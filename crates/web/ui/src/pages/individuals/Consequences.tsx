import type { Step } from "../../api/types";
import { t } from "../../strings";
import { annotationSource, Picture } from "../../ui";
import { sentencesOf } from "../journal/words";

const MOST_PICTURES = 12;

/** What a step will change, in words and with the pictures of the animals that change hands. */
export function Consequences({ step }: { step: Step }) {
  const shown = step.photos.slice(0, MOST_PICTURES);
  const more = step.photos.length - shown.length;
  return (
    <section class="consequences" aria-label={t("individual.willChange")}>
      <h3>{t("individual.willChange")}</h3>
      <ul class="sentences">{sentencesOf(step).map((sentence) => <li key={sentence}>{sentence}</li>)}</ul>
      {shown.length > 0 && (
        <ul class="thumbs">
          {shown.map((photo) => (
            <li key={photo.annotation}><Picture src={annotationSource(photo.annotation, 120)} alt={photo.annotation} /></li>
          ))}
          {more > 0 && <li class="muted">{t("pages.andMore", { n: more })}</li>}
        </ul>
      )}
    </section>
  );
}
