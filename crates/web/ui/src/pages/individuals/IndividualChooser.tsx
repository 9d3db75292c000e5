import { useState } from "preact/hooks";
import type { IndividualRow } from "../../api/types";
import { t } from "../../strings";
import { Loading } from "../../ui";
import { counted } from "../catalog/shared/formats";
import { Problem } from "../catalog/shared/Problem";
import { usePaged } from "../catalog/shared/usePaged";
import { BestPicture } from "./IndividualCard";
import { searchAddress, useSettled } from "./useSettled";

interface IndividualChooserProps {
  /** One that cannot be chosen: the one that is asked about. */
  except: string;
  chosen: IndividualRow | null;
  onChoose: (row: IndividualRow) => void;
}

/** A search field with the individuals it finds, of which one is chosen. */
export function IndividualChooser({ except, chosen, onChoose }: IndividualChooserProps) {
  const [text, setText] = useState("");
  const search = useSettled(text.trim());
  const list = usePaged<IndividualRow>(searchAddress(search), 12);
  const rows = list.items.filter((row) => row.id !== except);
  return (
    <fieldset class="chooser">
      <legend class="visually-hidden">{t("individual.choose")}</legend>
      <label class="field">
        <span>{t("individual.choose")}</span>
        <input type="search" autofocus value={text} placeholder={t("individuals.searchHint")} onInput={(event) => setText(event.currentTarget.value)} />
      </label>
      {list.problem != null && <Problem error={list.problem} onRetry={list.reload} />}
      {!list.ready && list.problem == null && <Loading />}
      {list.ready && rows.length === 0 && <p class="muted">{t("individual.noOther")}</p>}
      <ul class="choices">
        {rows.map((row) => (
          <li key={row.id}>
            <label class="choice">
              <input type="radio" name="individual" checked={chosen?.id === row.id} onChange={() => onChoose(row)} />
              <BestPicture row={row} size={120} />
              <span class="choice-words">
                <strong>{row.name}</strong>
                <span class="muted">{counted(row.photos, "photos")}</span>
              </span>
            </label>
          </li>
        ))}
      </ul>
      {list.more && <p class="muted">{t("individual.moreFound", { shown: rows.length, total: list.total })}</p>}
    </fieldset>
  );
}
