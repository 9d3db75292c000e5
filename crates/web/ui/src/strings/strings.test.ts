import { afterEach, expect, it } from "vitest";
import { en, type TextKey } from "./en";
import { es } from "./es";
import { setLanguage, t } from ".";

const keys = Object.keys(en) as TextKey[];
const holes = (text: string) => (text.match(/\{\w+\}/g) ?? []).sort();

afterEach(() => setLanguage("en"));

it("every translation fills in the same values", () => {
  const different = keys.filter((key) => holes(en[key]).join() !== holes(es[key]).join());
  expect(different).toEqual([]);
});

it("no text is empty", () => {
  expect(keys.filter((key) => !en[key].trim() || !es[key].trim())).toEqual([]);
});

it("values are put in, and the language changes the text", () => {
  expect(t("queue.case", { at: 2, of: 9 })).toBe("Case 2 of 9");
  setLanguage("es");
  expect(t("queue.case", { at: 2, of: 9 })).toBe("Caso 2 de 9");
});
