import { useState } from "preact/hooks";
import type { AnnotationShown, IndividualDetails } from "../api/types";
import { go, href, route } from "../router";
import { t } from "../strings";
import { Button, Empty, Loading } from "../ui";
import { Problem } from "./catalog/shared/Problem";
import { useRead } from "./catalog/shared/useRead";
import { useSelection } from "./catalog/shared/useSelection";
import { AssignDialog } from "./individuals/AssignDialog";
import { Facts } from "./individuals/Facts";
import { MergeDialog } from "./individuals/MergeDialog";
import { NameHead } from "./individuals/NameHead";
import { PhotoDialog } from "./individuals/PhotoDialog";
import { SelectionBar } from "./individuals/SelectionBar";
import { SeparateDialog } from "./individuals/SeparateDialog";
import { bySide } from "./individuals/sides";
import { Sides } from "./individuals/Sides";
import { SightingsMap } from "./individuals/SightingsMap";
import { Timeline } from "./individuals/Timeline";
import { useUndone } from "./individuals/undone";

/** One individual: who it is, its photos, when and where it was seen, and what can be put right. */
export function IndividualPage() {
  const id = route.value.id;
  const read = useRead<IndividualDetails>(id === null ? null : `/api/v1/individuals/${encodeURIComponent(id)}`);
  useUndone(read.reload);
  return (
    <div class="sheet">
      <nav class="crumbs" aria-label={t("individual.where")}><a href={href("individuals")}>{t("nav.individuals")}</a></nav>
      {read.value && <Shown individual={read.value} onChanged={read.reload} />}
      {!read.value && read.problem != null && <Problem error={read.problem} onRetry={read.reload} />}
      {!read.value && read.problem == null && <Loading />}
    </div>
  );
}

type Opened = "merge" | "separate" | "assign" | AnnotationShown | null;

function Shown({ individual, onChanged }: { individual: IndividualDetails; onChanged: () => void }) {
  const [opened, setOpened] = useState<Opened>(null);
  // As they are seen: by side.
  const order = bySide(individual.annotations_shown).flatMap((group) => group.annotations.map((shown) => shown.annotation));
  const { selected, select, selectAll, clear } = useSelection(order);
  const chosen = individual.annotations_shown.filter((shown) => selected.has(shown.annotation));
  const close = () => setOpened(null);
  const changed = () => {
    clear();
    onChanged();
  };
  return (
    <>
      <header class="sheet-head">
        <NameHead individual={individual} onChanged={onChanged} />
        <Button class="push-right" onClick={() => setOpened("merge")}>{t("individual.mergeWith")}</Button>
      </header>
      <Facts individual={individual} />
      {chosen.length > 0 && (
        <SelectionBar
          individual={individual}
          chosen={chosen}
          onClear={clear}
          onSeparate={() => setOpened("separate")}
          onAssign={() => setOpened("assign")}
          onChanged={onChanged}
        />
      )}
      {individual.annotations_shown.length === 0 ? (
        <Empty title={t("individual.noPhotos")}><p>{t("individual.noPhotosMore")}</p></Empty>
      ) : (
        <div class="individual-columns">
          <Sides annotations={individual.annotations_shown} selected={selected} onSelect={select} onOpen={setOpened} />
          <div class="individual-aside">
            <Timeline annotations={individual.annotations_shown} selected={selected} onSelectAll={selectAll} />
            <SightingsMap annotations={individual.annotations_shown} />
          </div>
        </div>
      )}
      {opened === "merge" && <MergeDialog individual={individual} onClose={close} onMerged={(kept) => afterMerge(individual, kept.id, close, onChanged)} />}
      {opened === "separate" && <SeparateDialog individual={individual} chosen={chosen} onClose={close} onChanged={changed} />}
      {opened === "assign" && <AssignDialog individual={individual} chosen={chosen} onClose={close} onChanged={changed} />}
      {opened !== null && typeof opened === "object" && <PhotoDialog annotation={opened} onClose={close} />}
    </>
  );
}

// The page of one that is no more would be empty: the reader goes on to the one that stays.
function afterMerge(individual: IndividualDetails, kept: string, close: () => void, onChanged: () => void): void {
  close();
  if (kept === individual.id) {
    onChanged();
  } else {
    go("individuals", kept);
  }
}
