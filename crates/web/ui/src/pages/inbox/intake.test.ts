import { beforeEach, expect, it, vi } from "vitest";
import { ApiProblem } from "../../api/client";
import type { FoundFile } from "./files";
import { clearIntake, sendAgain, sending, take } from "./intake";

const upload = vi.hoisted(() => vi.fn());
vi.mock("./upload", () => ({ upload }));
vi.mock("../catalog/shared/following", () => ({ expectJob: () => {}, followJobs: () => () => {} }));

// So large that each is a batch of its own; only the size is asked for.
function photo(name: string): FoundFile {
  const file = new File([], name, { type: "image/jpeg" });
  Object.defineProperty(file, "size", { value: 50_000_000 });
  return { file, name };
}

const names = (files: readonly FoundFile[] | undefined) => files?.map(({ name }) => name);
const rest = () => vi.waitFor(() => expect(sending.value?.active).toBe(false));

beforeEach(() => {
  vi.stubGlobal("addEventListener", () => {});
  vi.stubGlobal("removeEventListener", () => {});
  upload.mockReset();
  upload.mockResolvedValue("job-1");
  sending.value = null;
});

it("goes on after photos that the server refuses", async () => {
  upload.mockRejectedValueOnce(new ApiProblem(413, "too large", "too large"));
  take([photo("a.jpg"), photo("b.jpg")]);
  await rest();
  expect(sending.value).toMatchObject({ files: 1, sentFiles: 1, bytes: 50_000_000, sentBytes: 50_000_000, unsent: [] });
  expect(sending.value?.refused.map((one) => one.names)).toEqual([["a.jpg"]]);
});

it("keeps what was not sent when others are taken, and sends it when asked", async () => {
  upload.mockRejectedValueOnce(new ApiProblem(0, "", ""));
  take([photo("a.jpg"), photo("b.jpg")]);
  await rest();
  expect(names(sending.value?.unsent)).toEqual(["a.jpg", "b.jpg"]);
  take([photo("c.jpg")]);
  await rest();
  expect(names(sending.value?.unsent)).toEqual(["a.jpg", "b.jpg"]);
  clearIntake();
  sendAgain();
  await rest();
  expect(sending.value).toMatchObject({ sentFiles: 2, unsent: [] });
});

it("takes very many files at once", async () => {
  upload.mockRejectedValue(new ApiProblem(0, "", ""));
  const one = photo("a.jpg");
  take(Array.from({ length: 200_000 }, () => one));
  await rest();
  expect(sending.value?.unsent.length).toBe(200_000);
});
