import type { IndividualRef, JournalRow, NameRole, Step } from "../../api/types";
import { t } from "../../strings";
import type { TextKey } from "../../strings/en";
import { counted, listed, type Counted } from "../catalog/shared/formats";
import { plainValue, quoted, roleText, stateText, valueText, verdictOn } from "./values";

const ACTIONS: Readonly<Record<string, TextKey>> = {
  import: "journal.action.import",
  assign: "journal.action.assign",
  unassign: "journal.action.unassign",
  new: "journal.action.new",
  merge: "journal.action.merge",
  separate: "journal.action.separate",
  rename: "journal.action.rename",
  label: "journal.action.label",
  remove: "journal.action.remove",
};

/** What kind of step it is, in words; a word of the server that is not known here stays as it is. */
export function actionText(row: Pick<JournalRow, "action" | "undoes">): string {
  if (row.undoes !== undefined) {
    return t("journal.action.undo", { step: row.undoes });
  }
  const key = ACTIONS[row.action];
  return key ? t(key) : row.action;
}

/** One thing that a step changed. */
export interface Changed {
  /** What it is about. */
  what: string;
  /** The annotation whose picture shows it, where there is one. */
  annotation: string | null;
  before: string;
  after: string;
}

/** All that a step changed, thing by thing. */
export function changesOf(step: Step): Changed[] {
  const photos = step.photos.map((photo) => ({
    what: t("journal.changed.photo", { annotation: photo.annotation }),
    annotation: photo.annotation,
    before: whom(photo.before),
    after: whom(photo.after),
  }));
  const names = step.names.map((name) => ({
    what: t("journal.changed.name", { name: name.name }),
    annotation: null,
    before: roleText(name.before),
    after: roleText(name.after),
  }));
  return [...photos, ...names, ...individualsOf(step), ...labelsOf(step)];
}

function individualsOf(step: Step): Changed[] {
  return step.individuals.map(({ individual, before, after, merged_into }) => ({
    what: t("journal.changed.individual", { name: individual.name, id: individual.id }),
    annotation: null,
    before: stateText(before),
    after: merged_into ? t("journal.state.mergedInto", { name: merged_into.name }) : stateText(after),
  }));
}

function labelsOf(step: Step): Changed[] {
  return step.labels.map((label) => ({
    what: labelOf(label.label, label.about),
    annotation: label.about.startsWith("ann-") ? label.about : null,
    before: valueText(label.label, label.before, label.before_by),
    after: valueText(label.label, label.after, label.after_by),
  }));
}

function labelOf(label: string, about: string): string {
  const individual = verdictOn(label);
  return individual === null
    ? t("journal.changed.label", { label: labelText(label), about })
    : t("journal.changed.verdict", { about, individual });
}

const whom = (individual: IndividualRef | null) => individual?.name ?? t("pages.unidentified");

const LABELS: Readonly<Record<string, TextKey>> = {
  species: "label.species",
  viewpoint: "label.viewpoint",
  quality: "label.quality",
  encounter: "label.encounter",
  box: "label.box",
  "body-part": "label.bodyPart",
  removed: "label.removed",
  time: "label.time",
  place: "label.place",
};

/** The name of a label in words; other attributes keep theirs. */
function labelText(label: string): string {
  const key = LABELS[label];
  return key ? t(key) : label;
}

/** What a step does, in sentences: which photos go where, which names, who goes. */
export function sentencesOf(step: Step): string[] {
  return [...photoSentences(step), ...individualSentences(step), ...nameSentences(step), ...labelSentences(step)];
}

function photoSentences(step: Step): string[] {
  const ways = gathered(step.photos, (photo) => `${photo.before?.id ?? ""}>${photo.after?.id ?? ""}`);
  return ways.map((photos) => {
    const [{ before, after } = { before: null, after: null }] = photos;
    const what = counted(photos.length, "annotations");
    if (before && after) {
      return t("journal.say.moved", { what, before: before.name, after: after.name });
    }
    if (after) {
      return t("journal.say.given", { what, after: after.name });
    }
    return t("journal.say.taken", { what, before: before?.name ?? "" });
  });
}

function individualSentences(step: Step): string[] {
  return step.individuals.map(({ individual, before, after, merged_into }) => {
    const name = individual.name;
    if (merged_into) {
      return t("journal.say.merged", { name, id: individual.id, into: merged_into.name });
    }
    if (after !== "active") {
      return t("journal.say.gone", { name, id: individual.id });
    }
    return before === null ? t("journal.say.made", { name }) : t("journal.say.back", { name });
  });
}

function nameSentences(step: Step): string[] {
  const called = step.names.filter((name) => name.after?.role === "name");
  const named = called.map(({ name, before, after }) => {
    const old = step.names.find((other) => other.name !== name && isNameOf(other.before, after?.individual));
    return old && !before
      ? t("journal.say.renamed", { before: old.name, after: name })
      : t("journal.say.called", { name });
  });
  const aliases = step.names.filter((name) => name.after?.role === "alias").map((name) => quoted(name.name));
  const gone = step.names.filter((name) => name.before && !name.after).map((name) => quoted(name.name));
  return [
    // A new individual's name stands in the sentence that says that it is new.
    ...(step.individuals.some((individual) => individual.before === null) ? [] : named),
    ...(aliases.length > 0 ? [t("journal.say.aliases", { names: listed(aliases) })] : []),
    ...(gone.length > 0 ? [t("journal.say.namesGone", { names: listed(gone) })] : []),
  ];
}

const isNameOf = (role: NameRole | null, individual: string | undefined) =>
  role !== null && role.role === "name" && role.individual === individual;

function labelSentences(step: Step): string[] {
  const same = gathered(step.labels, (label) => `${label.label}>${label.after ?? ""}>${kindOf(label.about)}`);
  return same.map((labels) => {
    const [{ about, label, after } = { about: "", label: "", after: null }] = labels;
    const what = counted(labels.length, kindOf(about));
    if (label === "removed") {
      return t(after ? "journal.say.removed" : "journal.say.restored", { what });
    }
    const individual = verdictOn(label);
    if (individual !== null) {
      return after === null
        ? t("journal.say.verdictGone", { what, individual })
        : t("journal.say.verdict", { what, individual, value: plainValue(label, after) });
    }
    if (after === null) {
      return t("journal.say.labelGone", { what, label: labelText(label) });
    }
    return t("journal.say.label", { what, label: labelText(label), value: plainValue(label, after) });
  });
}

// A photo is told by its hash alone.
function kindOf(about: string): Counted {
  const kinds: Readonly<Record<string, Counted>> = { ann: "annotations", ind: "individuals", enc: "encounters" };
  return kinds[about.split("-")[0] ?? ""] ?? "photos";
}

function gathered<T>(items: readonly T[], keyOf: (item: T) => string): T[][] {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    groups.set(key, [...(groups.get(key) ?? []), item]);
  }
  return [...groups.values()];
}

/** The most annotations that a step may change to be undone without asking first. */
const UNDONE_UNASKED = 20;

/** Whether undoing needs a second thought. */
export function isLarge(row: Pick<JournalRow, "annotations" | "action">): boolean {
  return row.annotations > UNDONE_UNASKED || row.action === "import";
}
