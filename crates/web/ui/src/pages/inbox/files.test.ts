import { describe, expect, it } from "vitest";
import { bytesOf, firstBatch, looksLikePhoto, sorted, type FoundFile } from "./files";

function found(name: string, size: number, type = ""): FoundFile {
  return { file: new File([new Uint8Array(size)], name.split("/").at(-1) ?? name, { type }), name };
}

describe("what was dropped", () => {
  it("is sorted into photos and others, hidden files dropped", () => {
    const files = [found("trip/IMG_1.JPG", 1), found("trip/notes.txt", 1, "text/plain"), found("trip/._IMG_1.JPG", 1), found(".DS_Store", 1)];
    const { photos, others } = sorted(files);
    expect(photos.map((photo) => photo.name)).toEqual(["trip/IMG_1.JPG"]);
    expect(others).toEqual(["trip/notes.txt"]);
  });

  it("is a photo by its type or by its name", () => {
    expect(looksLikePhoto("a", "image/jpeg")).toBe(true);
    expect(looksLikePhoto("a.tif", "")).toBe(true);
    expect(looksLikePhoto("a.mov", "video/quicktime")).toBe(false);
  });
});

describe("a batch", () => {
  const names = (files: FoundFile[], limit: number) => firstBatch(files, limit).map((photo) => photo.name);

  it("holds what fits a request, in order", () => {
    const files = [found("1.jpg", 5000), found("2.jpg", 5000), found("3.jpg", 5000)];
    expect(names(files, 12_000)).toEqual(["1.jpg", "2.jpg"]);
    expect(names(files.slice(2), 12_000)).toEqual(["3.jpg"]);
    expect(bytesOf(files)).toBe(15_000);
  });

  it("sends a file that is too large alone", () => {
    expect(names([found("1.jpg", 10), found("2.jpg", 9000)], 5000)).toEqual(["1.jpg"]);
    expect(names([found("2.jpg", 9000), found("3.jpg", 10)], 5000)).toEqual(["2.jpg"]);
  });

  it("is none where there is nothing", () => {
    expect(firstBatch([])).toEqual([]);
  });
});
