import type { VerdictWord } from "../../api/types";
import { keyOf } from "../../keys";
import { language, t, type TextKey } from "../../strings";
import type { Entry } from "./history";

/** A number as the language shown writes it. */
export function countWords(count: number): string {
  return count.toLocaleString(language.value);
}

/** A verdict in words. */
export function verdictWords(verdict: VerdictWord): string {
  return t(`verdict.${verdict}` satisfies TextKey);
}

/** A verdict with the individual it is about: "same individual, Ada". */
export function entryWords(entry: Pick<Entry, "verdict" | "about">): string {
  const said = t(`verdict.said.${entry.verdict}` satisfies TextKey);
  return entry.about ? `${said}, ${entry.about}` : said;
}

/** What is told once a verdict is saved. */
export function savedWords(entry: Pick<Entry, "verdict" | "about">): string {
  const key = keyOf("undo");
  return key ? t("review.saved", { what: entryWords(entry), key }) : t("review.savedOnly", { what: entryWords(entry) });
}

/** What is told once a verdict is undone. */
export function undoneWords(entry: Pick<Entry, "verdict" | "about">): string {
  return t("review.undone", { what: entryWords(entry) });
}

/** How far apart in time, in the largest unit that fits. */
export function daysWords(days: number | null): string | null {
  if (days == null) return null;
  if (days < 1) return t("apart.sameDay");
  if (days < 60) return t("apart.days", { n: Math.round(days) });
  if (days < 730) return t("apart.months", { n: Math.round(days / 30.4) });
  return t("apart.years", { n: Math.round(days / 365.25) });
}

/** How far apart in space. */
export function kmWords(km: number | null): string | null {
  if (km == null) return null;
  return km < 1 ? t("apart.near") : t("apart.km", { n: countWords(Math.round(km)) });
}
