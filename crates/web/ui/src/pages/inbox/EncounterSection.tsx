import { useEffect, useRef } from "preact/hooks";
import { t } from "../../strings";
import { counted, daysText } from "../catalog/shared/formats";
import { unidentifiedIn, type EncounterGroup } from "./grouping";
import { PhotoCard } from "./PhotoCard";

interface EncounterSectionProps {
  group: EncounterGroup;
  selected: ReadonlySet<string>;
  onSelect: (annotation: string, through: boolean) => void;
  onSelectAll: (annotations: string[], add: boolean) => void;
  onEdit: (annotation: string) => void;
}

/** The photos of one encounter. */
export function EncounterSection({ group, selected, onSelect, onSelectAll, onEdit }: EncounterSectionProps) {
  const name = group.encounter === null ? t("inbox.noEncounter") : t("inbox.encounter", { name: group.encounter });
  const dates = group.photos.map((photo) => photo.date).filter((date) => date !== null).sort();
  const ids = unidentifiedIn(group.photos).map((annotation) => annotation.annotation);
  return (
    <section class="encounter" aria-label={name} style={{ "--photos": group.photos.length }}>
      <header class="encounter-head">
        <SelectAll ids={ids} selected={selected} name={name} onSelectAll={onSelectAll} />
        <div class="encounter-words">
          <h3>{name}</h3>
          <span class="muted">{[counted(group.photos.length, "photos"), daysText(dates[0] ?? null, dates.at(-1) ?? null)].join(" · ")}</span>
        </div>
      </header>
      <ul class="photo-grid">
        {group.photos.map((photo) => <PhotoCard key={photo.photo} photo={photo} selected={selected} onSelect={onSelect} onEdit={onEdit} />)}
      </ul>
    </section>
  );
}

interface SelectAllProps extends Pick<EncounterSectionProps, "selected" | "onSelectAll"> {
  ids: string[];
  name: string;
}

function SelectAll({ ids, selected, name, onSelectAll }: SelectAllProps) {
  const box = useRef<HTMLInputElement>(null);
  const chosen = ids.filter((id) => selected.has(id)).length;
  const some = chosen > 0 && chosen < ids.length;
  useEffect(() => {
    // Only a property says "some of them"; there is no attribute for it.
    if (box.current) {
      box.current.indeterminate = some;
    }
  }, [some]);
  return (
    <label class="check-target">
      <input ref={box} type="checkbox" checked={chosen === ids.length} aria-label={t("inbox.selectAll", { name })} onChange={(event) => onSelectAll(ids, event.currentTarget.checked)} />
    </label>
  );
}
