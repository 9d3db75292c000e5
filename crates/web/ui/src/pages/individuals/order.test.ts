import { expect, it } from "vitest";
import type { IndividualRow } from "../../api/types";
import { ordered } from "./order";

function row(name: string, photos: number, last_seen: string | null): IndividualRow {
  return { id: `ind-${name}`, name, aliases: [], photos, annotations: photos, encounters: 1, first_seen: null, last_seen, best: null };
}

it("individuals are ordered, equal ones as they came", () => {
  const rows = [row("a", 2, "2020-01-01"), row("b", 5, null), row("c", 2, "2022-01-01")];
  const names = (order: Parameters<typeof ordered>[1]) => ordered(rows, order).map((one) => one.name).join("");
  expect(names("name")).toBe("abc");
  expect(names("latest")).toBe("cab");
  expect(names("photos")).toBe("bac");
  expect(names("fewest")).toBe("acb");
});
