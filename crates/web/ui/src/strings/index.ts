import { storedSignal } from "../stored";
import { en, type TextKey } from "./en";
import { es } from "./es";

/** A language the screen speaks. */
export type Language = "en" | "es";

/** The languages, each named in itself. */
export const LANGUAGES: Record<Language, string> = { en: "English", es: "Español" };

export type { TextKey };

const texts: Record<Language, Record<TextKey, string>> = { en, es };

function wished(): Language {
  return globalThis.navigator?.language?.startsWith("es") ? "es" : "en";
}

/** The language shown now. */
export const language = storedSignal<Language>("language", wished());

language.subscribe((value) => {
  if (globalThis.document) document.documentElement.lang = value;
});

/** Changes the language and keeps the choice. */
export function setLanguage(value: Language): void {
  language.value = value;
}

/** The text `key` in the language shown, with `values` in place of `{names}`. */
export function t(key: TextKey, values: Record<string, string | number> = {}): string {
  const text = texts[language.value]?.[key] ?? en[key];
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}
