import { beforeEach, describe, expect, it } from "vitest";
import type { Step } from "../../api/types";
import { setLanguage } from "../../strings";
import { actionText, changesOf, isLarge, sentencesOf } from "./words";

const luna = { id: "ind-1", name: "Luna" };
const sol = { id: "ind-2", name: "Sol" };

function step(action: string, more: Partial<Step>): Step {
  return { step: "step-1", action, by: "ana", by_kind: "person", at: "2026-11-30T10:00:00Z", photos: [], names: [], individuals: [], labels: [], ...more };
}

function photo(id: string, before: typeof luna | null, after: typeof luna | null) {
  return { annotation: id, photo: "0".repeat(64), before, after };
}

beforeEach(() => setLanguage("en"));

describe("a step in words", () => {
  it("says a merge: photos, who goes, which names stay", () => {
    const merge = step("merge", {
      photos: [photo("ann-1", luna, sol), photo("ann-2", luna, sol)],
      individuals: [{ individual: luna, before: "active", after: "merged", merged_into: sol }],
      names: [{ name: "Luna", before: { individual: "ind-1", role: "name" }, after: { individual: "ind-2", role: "alias" } }],
    });
    expect(sentencesOf(merge)).toEqual([
      "2 annotations: from Luna to Sol.",
      "Luna (ind-1) is no individual of its own any more; it is Sol.",
      "Kept as another name: “Luna”.",
    ]);
  });

  it("says a new individual once, not its name again", () => {
    const separate = step("separate", {
      photos: [photo("ann-1", luna, sol)],
      individuals: [{ individual: sol, before: null, after: "active" }],
      names: [{ name: "Sol", before: null, after: { individual: "ind-2", role: "name" } }],
    });
    expect(sentencesOf(separate)).toEqual(["1 annotation: from Luna to Sol.", "Sol is a new individual."]);
  });

  it("says a new name", () => {
    const rename = step("rename", {
      names: [
        { name: "Luna", before: { individual: "ind-1", role: "name" }, after: { individual: "ind-1", role: "alias" } },
        { name: "Nova", before: null, after: { individual: "ind-1", role: "name" } },
      ],
    });
    expect(sentencesOf(rename)).toEqual(["Luna is now called Nova.", "Kept as another name: “Luna”."]);
  });

  it("says labels, and taking out", () => {
    const label = (about: string, name: string, after: string | null) => ({ about, label: name, before: null, after });
    const labels = step("label", { labels: [label("ann-1", "viewpoint", "left"), label("ann-2", "viewpoint", "left"), label("ann-1", "quality", null)] });
    expect(sentencesOf(labels)).toEqual(["Viewpoint of 2 annotations: left.", "Quality of 1 annotation: taken away."]);
    expect(sentencesOf(step("remove", { labels: [label("ann-1", "removed", "yes")] }))).toEqual(["1 annotation: taken out of the catalog."]);
  });

  it("says verdicts on pairs, with the individual", () => {
    const verdict = step("label", { labels: [{ about: "ann-3", label: "verdict on ind-7", before: null, after: "cannot-tell" }] });
    expect(sentencesOf(verdict)).toEqual(["1 annotation compared with ind-7: cannot be told."]);
    expect(changesOf(verdict)[0]).toMatchObject({ what: "Verdict on ann-3 and ind-7", before: "none", after: "cannot be told" });
    const taken = step("undo", { labels: [{ about: "ann-3", label: "verdict on ind-7", before: "same", after: null }] });
    expect(sentencesOf(taken)).toEqual(["1 annotation compared with ind-7: the verdict is taken away."]);
    setLanguage("es");
    expect(sentencesOf(verdict)).toEqual(["1 anotación frente a ind-7: no se puede saber."]);
  });

  it("says what was given and taken", () => {
    expect(sentencesOf(step("assign", { photos: [photo("ann-1", null, sol)] }))).toEqual(["1 annotation: unidentified before, now Sol."]);
    expect(sentencesOf(step("unassign", { photos: [photo("ann-1", sol, null)] }))).toEqual(["1 annotation: Sol before, now unidentified."]);
  });
});

it("changes are told one by one, before and after", () => {
  const changes = changesOf(step("label", {
    photos: [photo("ann-1", null, sol)],
    labels: [{ about: "ann-1", label: "box", before: "whole", before_by: "detector", after: "1.2,2,3,4", after_by: "ana" }],
  }));
  expect(changes.map(({ before, after }) => [before, after])).toEqual([
    ["unidentified", "Sol"],
    ["Whole photo (detector)", "x 1, y 2, 3 × 4 pixels (ana)"],
  ]);
});

it("an action that is not known stays the server's word", () => {
  expect(actionText({ action: "bless" })).toBe("bless");
  expect(actionText({ action: "undo", undoes: "step-4" })).toBe("Undid step-4");
});

it("large steps and imports ask before they are undone", () => {
  expect(isLarge({ action: "label", annotations: 3 })).toBe(false);
  expect(isLarge({ action: "label", annotations: 300 })).toBe(true);
  expect(isLarge({ action: "import", annotations: 1 })).toBe(true);
});
