import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { get } from "./api/client";
import { signedIn, start, tokenOf } from "./signIn";

let answers: ((path: string, method: string) => Response)[] = [];
let hear: () => void = () => {};
const json = (status: number, body: unknown = {}) => new Response(JSON.stringify(body), { status });
const place = { hash: "", pathname: "/", search: "" };

beforeEach(() => {
  answers = [];
  place.hash = "";
  vi.stubGlobal("fetch", (path: string, init: RequestInit) => {
    const answer = answers.shift();
    return answer ? Promise.resolve(answer(path, init.method ?? "GET")) : Promise.reject(new TypeError("offline"));
  });
  vi.stubGlobal("location", place);
  vi.stubGlobal("history", { replaceState: (_: unknown, __: string, to: string) => { place.hash = to.slice(to.indexOf("#")); } });
  vi.stubGlobal("addEventListener", (_: string, heard: () => void) => { hear = heard; });
  vi.stubGlobal("dispatchEvent", () => true);
  vi.stubGlobal("HashChangeEvent", class {});
  signedIn.value = { state: "asking" };
});

afterEach(() => vi.unstubAllGlobals());

it("finds the token of an address, also a mistyped one", () => {
  expect(tokenOf("#token=a%20b")).toBe("a b");
  expect(tokenOf("#token=100%")).toBe("100%");
  expect(tokenOf("#/review")).toBeNull();
});

it("a first question without an answer can be asked again", async () => {
  await start();
  const failed = signedIn.value;
  expect(failed.state).toBe("failed");
  answers = [() => json(200, { name: "ana" })];
  if (failed.state === "failed") failed.again();
  await vi.waitFor(() => expect(signedIn.value.state).toBe("somebody"));
});

it("a 401 later on lets nobody in", async () => {
  answers = [() => json(200, { name: "ana" }), () => json(401)];
  await start();
  await expect(get("/api/v1/photos")).rejects.toThrow();
  expect(signedIn.value.state).toBe("nobody");
});

it("a token put into the address of an open tab signs in and is taken out at once", async () => {
  answers = [() => json(401)];
  await start();
  const asked: string[] = [];
  const note = (status: number, body?: unknown) => (path: string, method: string) => {
    asked.push(`${method} ${path}`);
    return json(status, body);
  };
  answers = [note(200), note(200, { name: "ana" })];
  place.hash = "#token=abc";
  hear();
  expect(place.hash).toBe("#/review");
  await vi.waitFor(() => expect(signedIn.value.state).toBe("somebody"));
  expect(asked).toEqual(["POST /api/v1/session", "GET /api/v1/session"]);
});
