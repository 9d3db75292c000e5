import type { NameRole } from "../../api/types";
import { t } from "../../strings";
import type { TextKey } from "../../strings/en";
import { isGrade } from "../individuals/sides";

const STATES: Readonly<Record<string, TextKey>> = {
  active: "journal.state.active",
  merged: "journal.state.merged",
  withdrawn: "journal.state.withdrawn",
};

/** Whether an individual is in the catalog, in words. */
export function stateText(state: string | null): string {
  if (state === null) {
    return t("journal.state.none");
  }
  const key = STATES[state];
  return key ? t(key) : state;
}

/** Whose name it is and as what, in words. */
export function roleText(role: NameRole | null): string {
  if (role === null) {
    return t("journal.role.none");
  }
  return t(role.role === "alias" ? "journal.role.alias" : "journal.role.name", { individual: role.individual });
}

/** The individual that a label of a pair is a verdict on; `null` for every other label. */
export function verdictOn(label: string): string | null {
  return /^verdict on (.+)$/.exec(label)?.[1] ?? null;
}

const VERDICTS: Readonly<Record<string, TextKey>> = {
  same: "journal.verdict.same",
  different: "journal.verdict.different",
  "cannot-tell": "journal.verdict.cannotTell",
  "not-comparable": "journal.verdict.notComparable",
};

/** The value of a label, in words, with who says so where that is known. */
export function valueText(label: string, value: string | null, by: string | undefined): string {
  const words = value === null ? noValue(label) : plainValue(label, value);
  return by ? t("journal.value.by", { value: words, by }) : words;
}

function noValue(label: string): string {
  if (verdictOn(label) !== null) {
    return t("journal.verdict.none");
  }
  return label === "removed" ? t("journal.state.active") : t("pages.nothing");
}

/** The value of a label, in words. */
export function plainValue(label: string, value: string): string {
  if (label === "quality" && isGrade(value)) {
    return t(`quality.${value}`);
  }
  if (label === "box") {
    return boxText(value);
  }
  if (verdictOn(label) !== null) {
    const key = VERDICTS[value];
    return key ? t(key) : value;
  }
  return label === "removed" ? t("journal.value.removed") : value;
}

function boxText(value: string): string {
  const [x, y, width, height] = value.split(",").map((part) => Math.round(Number(part)));
  if (x === undefined || y === undefined || width === undefined || height === undefined) {
    return value === "whole" ? t("inbox.edit.whole") : value;
  }
  return t("journal.value.box", { x, y, width, height });
}

/** A name in quotation marks. */
export function quoted(name: string): string {
  return t("pages.quoted", { name });
}
