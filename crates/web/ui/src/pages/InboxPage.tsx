import { useEffect, useMemo, useState } from "preact/hooks";
import type { CatalogOverview, PhotoShown } from "../api/types";
import { go } from "../router";
import { t } from "../strings";
import { Button, Empty } from "../ui";
import { ListFrame } from "./catalog/shared/ListFrame";
import { counted } from "./catalog/shared/formats";
import { usePaged, type Paged } from "./catalog/shared/usePaged";
import { useRead } from "./catalog/shared/useRead";
import { useSelection } from "./catalog/shared/useSelection";
import { AnnotationEditor } from "./inbox/AnnotationEditor";
import { BulkBar } from "./inbox/BulkBar";
import { EncounterSection } from "./inbox/EncounterSection";
import { byEncounter, encountersIn, unidentifiedIn } from "./inbox/grouping";
import { arrivals } from "./inbox/intake";
import { UploadPanel } from "./inbox/UploadPanel";

/** The inbox: photos come in here, and what is not identified yet is labelled. */
export function InboxPage() {
  const list = usePaged<PhotoShown>("/api/v1/photos?unidentified=true", 48);
  const arrived = arrivals.value;
  useEffect(() => {
    if (arrived > 0) {
      list.reload();
    }
  }, [arrived]);
  return (
    <div class="sheet">
      <header class="sheet-head">
        <h1>{t("nav.inbox")}</h1>
        {list.ready && <span class="muted">{t("inbox.waiting", { what: counted(list.total, "photos") })}</span>}
        {list.items.length > 0 && <Button look="main" class="push-right" onClick={() => go("review")}>{t("inbox.review")}</Button>}
      </header>
      <UploadPanel />
      <ListFrame list={list} empty={<Empty title={t("inbox.empty")}><p>{t("inbox.emptyMore")}</p></Empty>}>
        <Unidentified list={list} />
      </ListFrame>
    </div>
  );
}

/** The photos by encounter, with what is selected and what is being edited. */
function Unidentified({ list }: { list: Paged<PhotoShown> }) {
  const [edited, setEdited] = useState<string | null>(null);
  const overview = useRead<CatalogOverview>("/api/v1/catalog").value;
  const groups = useMemo(() => byEncounter(list.items), [list.items]);
  const annotations = useMemo(() => groups.flatMap((group) => unidentifiedIn(group.photos)), [groups]);
  const order = annotations.map((annotation) => annotation.annotation);
  const { selected, select, selectAll, clear } = useSelection(order);
  const chosen = annotations.filter((annotation) => selected.has(annotation.annotation));
  const place = order.indexOf(edited ?? "");
  const open = annotations[place];
  const offers = {
    species: overview?.species_there ?? [],
    viewpoints: overview?.viewpoints_there ?? [],
    encounters: encountersIn(list.items),
  };
  return (
    <>
      {chosen.length > 0 && <BulkBar chosen={chosen} offers={offers} onClear={clear} onChanged={list.reload} />}
      <div class="encounters">
        {groups.map((group) => (
          <EncounterSection key={group.encounter ?? ""} group={group} selected={selected} onSelect={select} onSelectAll={selectAll} onEdit={setEdited} />
        ))}
      </div>
      {open && (
        <AnnotationEditor
          key={open.annotation}
          annotation={open}
          offers={offers}
          hasNext={place + 1 < order.length}
          onNext={() => setEdited(order[place + 1] ?? null)}
          onClose={() => setEdited(null)}
          onChanged={list.reload}
        />
      )}
    </>
  );
}
