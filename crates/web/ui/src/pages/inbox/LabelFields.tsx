import { useId, useState } from "preact/hooks";
import { t } from "../../strings";
import { GRADES } from "../individuals/sides";
import type { Draft } from "./draft";

/** What fields offer: words that are in use in the catalog. */
export interface Offers {
  species: string[];
  viewpoints: string[];
  encounters: string[];
}

type Labels = Omit<Draft, "region">;

interface LabelFieldsProps {
  labels: Labels;
  offers: Offers;
  /** What an empty field means: a label is taken away, or left as it is. */
  emptyMeans: "nothing" | "leave";
  onLabels: (labels: Labels) => void;
}

/** The fields for what is said of an animal in a photo. */
export function LabelFields({ labels, offers, emptyMeans, onLabels }: LabelFieldsProps) {
  const set = (label: keyof Labels) => (value: string) => onLabels({ ...labels, [label]: value });
  const empty = emptyMeans === "leave" ? t("inbox.edit.leave") : t("inbox.edit.notKnown");
  return (
    <>
      <OfferedField label={t("label.species")} value={labels.species} offers={offers.species} empty={empty} onValue={set("species")} />
      <OfferedField label={t("label.viewpoint")} value={labels.viewpoint} offers={viewpoints(offers)} empty={empty} onValue={set("viewpoint")} />
      <label class="field">
        <span>{t("label.quality")}</span>
        <select value={labels.quality} onChange={(event) => set("quality")(event.currentTarget.value)}>
          <option value="">{empty}</option>
          {GRADES.map((grade) => <option key={grade} value={grade}>{t(`quality.${grade}`)}</option>)}
        </select>
      </label>
      <EncounterField value={labels.encounter} offers={offers.encounters} empty={empty} onValue={set("encounter")} />
    </>
  );
}

// Left and right are offered even where nobody has said them yet.
function viewpoints(offers: Offers): string[] {
  return [...new Set(["left", "right", ...offers.viewpoints])];
}

interface FieldProps {
  value: string;
  offers: string[];
  empty: string;
  onValue: (value: string) => void;
}

function OfferedField({ label, value, offers, empty, onValue }: FieldProps & { label: string }) {
  const list = useId();
  return (
    <label class="field">
      <span>{label}</span>
      <input type="text" list={list} value={value} placeholder={empty} autocomplete="off" onInput={(event) => onValue(event.currentTarget.value)} />
      <datalist id={list}>{offers.map((offer) => <option key={offer} value={offer} />)}</datalist>
    </label>
  );
}

const NEW = "\u0000new";

function EncounterField({ value, offers, empty, onValue }: FieldProps) {
  const [fresh, setFresh] = useState(false);
  const choose = (choice: string) => {
    setFresh(choice === NEW);
    onValue(choice === NEW ? "" : choice);
  };
  return (
    <>
      <label class="field">
        <span>{t("label.encounter")}</span>
        <select value={fresh ? NEW : value} onChange={(event) => choose(event.currentTarget.value)}>
          <option value="">{empty}</option>
          <option value={NEW}>{t("inbox.edit.newEncounter")}</option>
          {[...new Set([...(value && !fresh ? [value] : []), ...offers])].map((offer) => (
            <option key={offer} value={offer}>{offer}</option>
          ))}
        </select>
      </label>
      {fresh && (
        <label class="field">
          <span>{t("inbox.edit.newEncounterName")}</span>
          <input type="text" value={value} autocomplete="off" required onInput={(event) => onValue(event.currentTarget.value)} />
        </label>
      )}
    </>
  );
}
