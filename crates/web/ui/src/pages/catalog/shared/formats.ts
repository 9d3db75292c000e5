import { language, t } from "../../../strings";

/** What is counted in texts. */
export type Counted = "photos" | "annotations" | "individuals" | "encounters" | "files" | "steps" | "places";

/** A number in the reader's way of writing. */
export function numberText(number: number): string {
  return new Intl.NumberFormat(language.value).format(number);
}

/** A number with its noun, such as `1 photo` or `2,400 photos`. */
export function counted(number: number, what: Counted): string {
  return t(number === 1 ? `count.${what}.one` : `count.${what}.many`, { n: numberText(number) });
}

/** Names joined as a list, such as `left, right and front`. */
export function listed(texts: readonly string[]): string {
  return new Intl.ListFormat(language.value, { type: "conjunction" }).format(texts);
}

/** A capture time without seconds, as the camera says it; a plain word where there is none. */
export function captureText(date: string | null): string {
  return date === null ? t("pages.noDate") : date.slice(0, 16);
}

/** From the first to the last of two capture times, as days. */
export function daysText(from: string | null, to: string | null): string {
  const [first, last] = [from?.slice(0, 10) ?? null, to?.slice(0, 10) ?? null];
  if (first === null || last === null) {
    return t("pages.noDate");
  }
  return first === last ? first : t("pages.fromTo", { from: first, to: last });
}

/** A time of the journal (RFC 3339), by the clock of the reader. */
export function localTime(at: string): string {
  const time = new Date(at);
  if (Number.isNaN(time.getTime())) {
    return at;
  }
  return new Intl.DateTimeFormat(language.value, { dateStyle: "medium", timeStyle: "short" }).format(time);
}

/** A number of bytes, such as `3.4 MB`. */
export function bytesText(bytes: number): string {
  const units = ["byte", "kilobyte", "megabyte", "gigabyte", "terabyte"] as const;
  const power = bytes < 1000 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(bytes) / 3));
  const style = { style: "unit", unit: units[power] ?? "byte", maximumFractionDigits: power > 1 ? 1 : 0 } as const;
  return new Intl.NumberFormat(language.value, style).format(bytes / 1000 ** power);
}

/** How long something takes, roughly: `40 sec`, `3 min`, `2 hr`. */
export function durationText(seconds: number): string {
  const [value, unit] = seconds < 90 ? [seconds, "second"] : seconds < 5400 ? [seconds / 60, "minute"] : [seconds / 3600, "hour"];
  const style = { style: "unit", unit: String(unit), maximumFractionDigits: 0 } as const;
  return new Intl.NumberFormat(language.value, style).format(Math.max(1, Math.round(Number(value))));
}
