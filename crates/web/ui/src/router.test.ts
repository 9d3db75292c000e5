import { expect, it } from "vitest";
import { href, parseHash } from "./router";

it("an address says the page and what it shows", () => {
  expect(parseHash("#/review/ann-12")).toEqual({ page: "review", id: "ann-12" });
  expect(parseHash("#/journal")).toEqual({ page: "journal", id: null });
});

it("no address means the review page", () => {
  expect(parseHash("")).toEqual({ page: "review", id: null });
});

it("a mistyped address is shown as it is", () => {
  expect(parseHash("#/review/100%")).toEqual({ page: "review", id: "100%" });
});

it("an id comes back as it was", () => {
  expect(parseHash(href("individuals", "a/b c"))).toEqual({ page: "individuals", id: "a/b c" });
});
