import type { AnnotationShown } from "../../api/types";
import { t } from "../../strings";
import { AnnotationPicture } from "../../ui";

const MOST = 12;

/** Small pictures of what is selected. */
export function ChosenStrip({ chosen }: { chosen: readonly AnnotationShown[] }) {
  const more = chosen.length - MOST;
  return (
    <ul class="thumbs">
      {chosen.slice(0, MOST).map((shown) => <li key={shown.annotation}><AnnotationPicture annotation={shown} size={120} /></li>)}
      {more > 0 && <li class="muted">{t("pages.andMore", { n: more })}</li>}
    </ul>
  );
}
