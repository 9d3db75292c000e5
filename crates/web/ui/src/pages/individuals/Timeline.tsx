import type { AnnotationShown } from "../../api/types";
import { t } from "../../strings";
import { AnnotationPicture } from "../../ui";
import { counted, daysText } from "../catalog/shared/formats";
import { meetings, yearOf, type Meeting } from "./timeline";

interface TimelineProps {
  annotations: readonly AnnotationShown[];
  selected: ReadonlySet<string>;
  onSelectAll: (annotations: string[], add: boolean) => void;
}

/** When an individual was seen: its encounters, the latest first. */
export function Timeline({ annotations, selected, onSelectAll }: TimelineProps) {
  const all = meetings(annotations);
  return (
    <section aria-labelledby="timeline-title">
      <h2 id="timeline-title">{t("individual.timeline")}</h2>
      <ol class="timeline">
        {all.map((meeting, index) => (
          <MeetingLine
            key={meeting.annotations[0]?.annotation}
            meeting={meeting}
            newYear={index === 0 || yearOf(all[index - 1]?.from ?? null) !== yearOf(meeting.from)}
            selected={selected}
            onSelectAll={onSelectAll}
          />
        ))}
      </ol>
    </section>
  );
}

interface MeetingLineProps extends Pick<TimelineProps, "selected" | "onSelectAll"> {
  meeting: Meeting;
  /** Whether it is the first of its year in the list. */
  newYear: boolean;
}

const MOST_PICTURES = 6;

function MeetingLine({ meeting, newYear, selected, onSelectAll }: MeetingLineProps) {
  const ids = meeting.annotations.map((shown) => shown.annotation);
  const name = meeting.encounter === null ? t("inbox.noEncounter") : meeting.encounter;
  const when = daysText(meeting.from, meeting.to);
  const more = ids.length - MOST_PICTURES;
  return (
    <li class={newYear ? "meeting meeting-year" : "meeting"}>
      <span class="meeting-mark" aria-hidden="true">{newYear ? (yearOf(meeting.from) ?? "?") : ""}</span>
      <div class="meeting-body">
        <label class="check">
          <input
            type="checkbox"
            checked={ids.every((id) => selected.has(id))}
            aria-label={t("inbox.selectAll", { name: `${when}, ${name}` })}
            onChange={(event) => onSelectAll(ids, event.currentTarget.checked)}
          />
          <strong>{when}</strong>
        </label>
        <span class="muted meeting-name">{[name, counted(ids.length, "photos")].join(" · ")}</span>
        <ul class="thumbs">
          {meeting.annotations.slice(0, MOST_PICTURES).map((shown) => <li key={shown.annotation}><AnnotationPicture annotation={shown} size={120} /></li>)}
          {more > 0 && <li class="muted">{t("pages.andMore", { n: more })}</li>}
        </ul>
      </div>
    </li>
  );
}
