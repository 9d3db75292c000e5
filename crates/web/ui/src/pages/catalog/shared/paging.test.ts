import { expect, it } from "vitest";
import { NOTHING, pageAddress, readOn, type Gathered } from "./paging";

const nothing: Gathered<number> = NOTHING;

function pagesOf(all: number[], size: number) {
  return (cursor: string | null) => {
    const from = Number(cursor ?? 0);
    const next = from + size < all.length ? String(from + size) : null;
    return Promise.resolve({ items: all.slice(from, from + size), next_cursor: next, total: all.length });
  };
}

it("a page is asked for with its cursor", () => {
  expect(pageAddress("/api/v1/journal", 50, null)).toBe("/api/v1/journal?limit=50");
  expect(pageAddress("/api/v1/photos?unidentified=true", 50, "a b")).toBe("/api/v1/photos?unidentified=true&limit=50&cursor=a+b");
});

it("a list is read page by page until enough is there", async () => {
  const page = pagesOf([1, 2, 3, 4, 5], 2);
  const first = await readOn(nothing, 1, page);
  expect(first).toEqual({ items: [1, 2], next: "2", total: 5 });
  expect((await readOn(first, 1, page)).items).toEqual([1, 2, 3, 4]);
  expect(await readOn(nothing, 5, page)).toEqual({ items: [1, 2, 3, 4, 5], next: null, total: 5 });
});

it("a list that has ended is not begun again", async () => {
  const page = pagesOf([1, 2], 2);
  const all = await readOn(nothing, 1, page);
  expect(await readOn(all, 3, page)).toEqual({ items: [1, 2], next: null, total: 2 });
});
