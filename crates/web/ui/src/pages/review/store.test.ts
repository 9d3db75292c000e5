import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { signal } from "@preact/signals";
import type { Case, Queue } from "../../api/types";
import { hush, notice } from "../../notice";
import { guardLeaving } from "./guard";
import { createReview, type Review } from "./store";
import { NEW } from "./verdicts";

/** A server in the test: three open cases, and what was asked of it. */
class FakeServer {
  asked: { method: string; path: string; url: string; body: Record<string, unknown>; headers: Record<string, string> }[] = [];
  order = ["ann-1", "ann-2", "ann-3"];
  closed = new Set<string>();
  versions = new Map<string, number>();
  identified = new Map<string, string>();
  stale = 0;
  steps = 0;
  quality = new Map<string, string>();
  missing = new Set<string>();
  undoneBy = new Map<string, string>();
  closing = new Map<string, string>();
  answerVerdict: (() => Response | Promise<Response>) | null = null;
  answerUndo: ((step: string) => Response | Promise<Response>) | null = null;

  etag(id: string) { return `"${id}-v${this.versions.get(id) ?? 1}"`; }
  bump(id: string) { this.versions.set(id, (this.versions.get(id) ?? 1) + 1); }
  verdicts() { return this.asked.filter((one) => one.path.endsWith("/verdict")); }

  case(id: string): Case {
    const individual = this.identified.get(id);
    return {
      case: id, etag: this.etag(id), open: !this.closed.has(id) && !individual, decision: "ask", reason: null, calibrated: true, new_probability: 0.2, others_probability: 0.1,
      query: [{ ...shown(id, individual ?? null), quality: this.quality.get(id) ?? null }],
      candidates: [candidate("ind-1", "Zoe", 0.5), candidate("ind-2", "Ada", 0.2)].filter((one) => !this.missing.has(one.individual.id)),
      compared: { individuals: 2, photos: 9, filters: [] }, up_to_date: this.stale-- <= 0,
      next: this.order.filter((one) => one !== id && !this.closed.has(one)), position: 1, total: 3,
    };
  }

  answer = async (url: string, init: RequestInit = {}): Promise<Response> => {
    const method = init.method ?? "GET";
    const path = url.split("?")[0]!;
    this.asked.push({ method, path, url, body: init.body ? JSON.parse(String(init.body)) : {}, headers: init.headers as Record<string, string> });
    if (path.startsWith("/api/v1/queue")) return json(this.queue());
    if (path.endsWith("/verdict")) return this.answerVerdict ? this.answerVerdict() : this.takeVerdict(path.split("/")[4]!, init);
    const id = path.split("/")[4]!;
    if (path.endsWith("/undo")) return this.answerUndo ? this.answerUndo(id) : json(this.undo(id));
    if (path.startsWith("/api/v1/journal/")) return json({ step: id, undone_by: this.undoneBy.get(id) });
    return json(this.case(id), { ETag: this.etag(id) });
  };

  private queue(): Queue {
    const items = this.order.filter((id) => !this.closed.has(id)).map((id) => ({
      case: id, annotations: [id], decision: "ask" as const, individual: null, probability: 0.5, new_probability: 0.2, benefit: 0.5,
      file: "a.jpg", date: null, encounter: null, species: null, viewpoint: null,
    }));
    return { items, next_cursor: null, total: items.length, decided: this.closed.size, preparing: null };
  }

  private takeVerdict(id: string, init: RequestInit): Response {
    if ((init.headers as Record<string, string>)["If-Match"] !== this.etag(id)) return this.conflict(id);
    this.bump(id);
    const { verdict } = JSON.parse(String(init.body));
    const step = this.step();
    if (["same", "new", "bad-photo"].includes(verdict)) { this.closed.add(id); this.closing.set(step.step, id); }
    return json({ step, next: null, individual: verdict === "same" ? { id: "ind-1", name: "Zoe" } : null });
  }

  conflict(id: string): Response {
    return json({ title: "Changed", status: 412, detail: "changed", case: this.case(id), by: "Bea", at: "2026-11-01T10:00:00Z" }, {}, 412);
  }

  /** Undoing the undo of a verdict closes its case again. */
  undo(of: string) {
    const step = this.step();
    const id = this.closing.get(of);
    this.undoneBy.set(of, step.step);
    if (!id) return step;
    this.closing.set(step.step, id);
    this.bump(id);
    if (!this.closed.delete(id)) this.closed.add(id);
    return step;
  }

  private step() {
    return { step: `step-${++this.steps}`, action: "verdict", by: "Ada", by_kind: "person", at: "", photos: [], names: [], individuals: [], labels: [] };
  }
}

function shown(id: string, individual: string | null) {
  return {
    annotation: id, photo: `photo-${id}`, file: `${id}.jpg`, photo_width: 4000, photo_height: 3000, region: null, date: null, place: null,
    species: null, viewpoint: null, quality: null, encounter: null, individual: individual ? { id: individual, name: individual } : null,
  };
}

function candidate(id: string, name: string, probability: number) {
  return {
    individual: { id, name }, rank: 1, probability, similarity: 0.5, matches: 10, photos: 2, first_seen: null, last_seen: null,
    days_apart: null, km_apart: null, annotations: [shown(`${id}-a`, id), shown(`${id}-b`, id)], verdicts: [],
  };
}

function json(value: unknown, headers: Record<string, string> = {}, status = 200): Response {
  return new Response(JSON.stringify(value), { status, headers: { "Content-Type": "application/json", ...headers } });
}

let server: FakeServer;
let review: Review;
let preloaded: string[];
let showing: string[];

async function rest() {
  await vi.advanceTimersByTimeAsync(0);
}

/** Another review of the server as it is now. */
async function reopen() {
  review.stop();
  review = createReview((found) => preloaded.push(found.case), (id) => showing.push(id));
  review.start(null);
  await rest();
}

beforeEach(async () => {
  vi.useFakeTimers();
  server = new FakeServer();
  vi.stubGlobal("fetch", server.answer);
  preloaded = [];
  showing = [];
  review = createReview((found) => preloaded.push(found.case), (id) => showing.push(id));
  review.setBlind(false);
  review.start(null);
  await rest();
});

afterEach(() => {
  review.stop();
  hush();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

describe("the queue", () => {
  it("opens the first case and fetches the next ones ahead", () => {
    expect(review.current.value?.case).toBe("ann-1");
    expect(preloaded.sort()).toEqual(["ann-2", "ann-3"]);
    expect(review.chosen.value?.individual.name).toBe("Zoe");
  });

  it("skips, goes back, and comes round again once all are skipped", async () => {
    review.skip();
    review.skip();
    expect(review.current.value?.case).toBe("ann-3");
    review.previous();
    expect(review.current.value?.case).toBe("ann-2");
    review.previous();
    expect(review.current.value?.case).toBe("ann-1");
    await rest();
  });

  it("is empty once everything is decided", async () => {
    for (let at = 0; at < 3; at++) {
      review.say("bad-photo");
      await rest();
    }
    await rest();
    expect(review.phase.value).toBe("empty");
  });

  it("asks again until a case is up to date, and leaves the person's choice alone", async () => {
    server.stale = 3;
    review.open("ann-1");
    await rest();
    review.choose("ind-2");
    expect(review.current.value?.up_to_date).toBe(false);
    await vi.advanceTimersByTimeAsync(5000);
    expect(review.current.value?.up_to_date).toBe(true);
    expect(review.choice.value).toBe("ind-2");
  });
});

describe("a verdict that closes the case", () => {
  it("shows the next case before the server has answered", async () => {
    let release = (_: Response) => {};
    server.answerVerdict = () => new Promise((resolve) => { release = resolve; });
    review.say("same");
    expect(review.current.value?.case).toBe("ann-2");
    await rest();
    expect(review.history.entries.value[0]?.state).toBe("saving");
    release(json({ step: { step: "step-9" }, next: "ann-2", individual: { id: "ind-1", name: "Zoe" } }));
    await rest();
    expect(review.history.entries.value[0]).toMatchObject({ state: "saved", head: "step-9", about: "Zoe" });
    expect(notice.value?.text).toContain("same individual, Zoe");
  });

  it("is sent with the ETag seen, a key of its own, and what was written", async () => {
    review.draft.value = { confidence: 3, note: " nick ", tag: "", name: "" };
    review.say("same");
    await rest();
    const [sent] = server.verdicts();
    expect(sent?.headers["If-Match"]).toBe('"ann-1-v1"');
    expect(sent?.headers["Idempotency-Key"]).toMatch(/.{30,}/);
    expect(sent?.body).toEqual({ verdict: "same", individual: "ind-1", confidence: 3, note: "nick", blind: false });
    expect(sent?.url).toContain("?order=benefit");
    expect(review.draft.value.note).toBe("");
  });

  it("leaves the reader at the next case where it fails, and keeps all that was written", async () => {
    server.answerVerdict = () => json({ title: "Full", status: 507, detail: "The disk is full." }, {}, 507);
    review.draft.value = { confidence: 2, note: "torn tip", tag: "", name: "" };
    review.choose("ind-2");
    review.say("same");
    await rest();
    expect(review.current.value?.case).toBe("ann-2");
    expect(review.history.entries.value[0]).toMatchObject({ state: "failed", caseId: "ann-1" });
    expect(notice.value).toMatchObject({ kind: "problem" });
    expect(review.history.lastDone()).toBeUndefined();
    review.open("ann-1");
    await rest();
    expect(review.draft.value).toMatchObject({ confidence: 2, note: "torn tip" });
    expect(review.choice.value).toBe("ind-2");
    expect(review.decidedHere.value).toBeNull();
    server.answerVerdict = null;
    review.say("same");
    await rest();
    expect(review.history.entries.value.map((entry) => entry.state)).toEqual(["saved"]);
  });

  it("brings the last case back where it fails", async () => {
    server.order = ["ann-1"];
    await reopen();
    server.answerVerdict = () => json({ title: "Full", status: 507, detail: "The disk is full." }, {}, 507);
    review.draft.value = { confidence: 2, note: "torn tip", tag: "", name: "" };
    review.say("same");
    await rest();
    expect(review.current.value?.case).toBe("ann-1");
    expect(review.draft.value).toMatchObject({ confidence: 2, note: "torn tip" });
    expect(review.history.entries.value).toEqual([]);
  });

  it("waits under the same key while somebody else is writing", async () => {
    let busy = 3;
    server.answerVerdict = () => busy-- > 0
      ? json({ status: 503, detail: "somebody else is writing to the catalog: nothing was stored" }, {}, 503)
      : json({ step: { step: "step-9" }, next: null, individual: null });
    review.say("bad-photo");
    await rest();
    expect(review.busy.value).toBe(true);
    await vi.advanceTimersByTimeAsync(7000);
    expect(new Set(server.verdicts().map((one) => one.headers["Idempotency-Key"])).size).toBe(1);
    expect(review.history.entries.value[0]?.state).toBe("saved");
    expect(review.busy.value).toBe(false);
  });

  it("is not given for a case that somebody else decided", async () => {
    server.identified.set("ann-1", "ind-2");
    await reopen();
    review.open("ann-1");
    await rest();
    expect(review.decidedElsewhere.value).toBe(true);
    review.say("same");
    await rest();
    expect(server.verdicts()).toEqual([]);
    review.skip();
    await rest();
    review.skip();
    await rest();
    review.skip();
    await rest();
    expect(review.current.value?.case).not.toBe("ann-1");
  });

  it("is sent again under the same key where no answer came, since it may have arrived", async () => {
    let lost = 1;
    server.answerVerdict = () => {
      if (lost-- > 0) throw new TypeError("network");
      return json({ step: { step: "step-9" }, next: null, individual: null });
    };
    review.say("bad-photo");
    await vi.advanceTimersByTimeAsync(3000);
    const keys = server.verdicts().map((one) => one.headers["Idempotency-Key"]);
    expect(keys).toHaveLength(2);
    expect(keys[0]).toBe(keys[1]);
    expect(review.history.entries.value[0]?.state).toBe("saved");
  });

  it("“same” on the card “none of these” makes no new individual", async () => {
    review.choose(NEW);
    review.say("same");
    await rest();
    expect(server.verdicts()).toEqual([]);
    expect(notice.value?.text).toContain("Press N");
    review.say("new");
    await rest();
    expect(server.verdicts()[0]?.body).toEqual({ verdict: "new", blind: false });
  });

  it("is not given to another where the chosen candidate is gone", async () => {
    server.missing.add("ind-1");
    review.open("ann-1");
    await rest();
    expect(review.choice.value).toBeNull();
    review.say("same");
    expect(server.verdicts()).toEqual([]);
    review.step(1);
    expect(review.choice.value).toBe("ind-2");
  });
});

describe("a verdict that leaves the case open", () => {
  it("goes to the next candidate, and the next verdict carries the new ETag", async () => {
    review.say("different");
    expect(review.chosen.value?.individual.name).toBe("Ada");
    review.say("cannot-tell");
    await rest();
    expect(server.verdicts().map((one) => one.headers["If-Match"])).toEqual(['"ann-1-v1"', '"ann-1-v2"']);
    expect(review.conflict.value).toBeNull();
    expect(review.current.value?.case).toBe("ann-1");
    expect(review.choice.value).toBe(NEW);
  });
});

describe("a change by somebody else that comes with the answer to one's own verdict", () => {
  it("is met by the next verdict, not taken over unseen", async () => {
    review.say("different");
    server.quality.set("ann-1", "bad");
    await rest();
    server.bump("ann-1");
    review.say("different");
    await rest();
    expect(server.verdicts().at(-1)?.headers["If-Match"]).toBe('"ann-1-v1"');
    expect(review.conflict.value?.caseId).toBe("ann-1");
  });
});

describe("a conflict", () => {
  it("is queued behind the one being answered, and acts on its own case", async () => {
    for (const id of ["ann-1", "ann-2"]) { server.bump(id); server.quality.set(id, "bad"); }
    review.say("same");
    review.say("bad-photo");
    await rest();
    expect(review.conflict.value?.caseId).toBe("ann-1");
    expect(review.current.value?.case).toBe("ann-1");
    review.resolve("look");
    expect(review.conflict.value?.caseId).toBe("ann-2");
    expect(review.current.value?.case).toBe("ann-1");
    review.resolve("anyway");
    await rest();
    expect(server.verdicts().at(-1)).toMatchObject({ path: "/api/v1/cases/ann-2/verdict", body: { verdict: "bad-photo" } });
    expect(review.conflict.value).toBeNull();
  });

  it("on the last case goes on to the end of the queue", async () => {
    server.order = ["ann-1"];
    await reopen();
    server.bump("ann-1");
    server.identified.set("ann-1", "ind-2");
    review.say("same");
    await rest();
    server.order = [];
    review.resolve("next");
    await rest();
    expect(review.phase.value).toBe("empty");
  });

  it("comes back with who decided what, and can be said all the same", async () => {
    server.bump("ann-1");
    server.identified.set("ann-1", "ind-2");
    review.say("same");
    await rest();
    expect(review.conflict.value?.found.by).toBe("Bea");
    expect(review.current.value?.case).toBe("ann-1");
    expect(review.current.value?.query[0]?.individual?.id).toBe("ind-2");
    review.resolve("anyway");
    await rest();
    expect(server.verdicts().at(-1)?.headers["If-Match"]).toBe('"ann-1-v2"');
    expect(review.history.entries.value.at(-1)?.state).toBe("saved");
  });

  it("goes on to the next case and leaves a case that is done alone", async () => {
    server.bump("ann-1");
    server.identified.set("ann-1", "ind-2");
    review.say("same");
    await rest();
    review.resolve("next");
    expect(review.current.value?.case).toBe("ann-2");
    expect(review.conflict.value).toBeNull();
  });

  it("is none where nothing that a person looks at has changed", async () => {
    server.bump("ann-1");
    review.say("same");
    await rest();
    expect(review.conflict.value).toBeNull();
    expect(server.verdicts().map((one) => one.headers["If-Match"])).toEqual(['"ann-1-v1"', '"ann-1-v2"']);
    const keys = server.verdicts().map((one) => one.headers["Idempotency-Key"]);
    expect(keys[0]).not.toBe(keys[1]);
  });
});

describe("undo and redo", () => {
  it("a second undo takes the verdict before the one that is being undone", async () => {
    review.say("same");
    review.say("bad-photo");
    await rest();
    await Promise.all([review.undo(), review.undo(), review.undo()]);
    const undone = server.asked.filter((one) => one.path.endsWith("/undo")).map((one) => one.path);
    expect(undone).toEqual(["/api/v1/journal/step-2/undo", "/api/v1/journal/step-1/undo"]);
  });

  it("asks the journal where an undo is refused, since it may be undone already", async () => {
    review.say("same");
    await rest();
    server.answerUndo = (step) => { server.undo(step); return json({ status: 409, detail: "not in effect" }, {}, 409); };
    await review.undo();
    expect(review.history.entries.value[0]).toMatchObject({ state: "undone", head: "step-2", turning: false });
  });

  it("stays as it was where the journal knows of no undo", async () => {
    review.say("same");
    await rest();
    server.answerUndo = () => json({ status: 409, detail: "later steps build on it" }, {}, 409);
    await review.undo();
    expect(review.history.entries.value[0]).toMatchObject({ state: "saved", head: "step-1", turning: false });
    expect(notice.value?.text).toContain("later steps");
  });

  it("undo brings the case back, redo closes it again, each through the latest step", async () => {
    review.say("same");
    await rest();
    await review.undo();
    await rest();
    expect(review.current.value?.case).toBe("ann-1");
    expect(review.decidedHere.value).toBeNull();
    await review.redo();
    await rest();
    expect(review.current.value?.case).not.toBe("ann-1");
    await review.undo();
    const undone = server.asked.filter((one) => one.path.endsWith("/undo")).map((one) => one.path);
    expect(undone).toEqual(["/api/v1/journal/step-1/undo", "/api/v1/journal/step-2/undo", "/api/v1/journal/step-3/undo"]);
  });

  it("waits for a verdict that is still on its way", async () => {
    let release = (_: Response) => {};
    server.answerVerdict = () => new Promise((resolve) => { release = resolve; });
    review.say("same");
    const undoing = review.undo();
    await rest();
    expect(server.asked.some((one) => one.path.endsWith("/undo"))).toBe(false);
    release(json({ step: { step: "step-7" }, next: null, individual: null }));
    await undoing;
    expect(server.asked.some((one) => one.path === "/api/v1/journal/step-7/undo")).toBe(true);
  });

  it("a verdict given anew takes the place of the undone one", async () => {
    review.say("same");
    await rest();
    await review.undo();
    await rest();
    server.closed.clear();
    review.say("bad-photo");
    await rest();
    expect(review.history.lastUndone()).toBeUndefined();
  });
});

it("a second observer sees candidates by name, and the verdict says so", async () => {
  review.setBlind(true);
  expect(review.candidates.value.map((one) => one.individual.name)).toEqual(["Ada", "Zoe"]);
  expect(review.chosen.value?.individual.name).toBe("Ada");
  review.say("same");
  await rest();
  expect(server.verdicts()[0]?.body).toMatchObject({ individual: "ind-2", blind: true });
  review.setBlind(false);
});

it("another order is asked for with every case", async () => {
  review.setOrder("taken");
  await rest();
  expect(server.asked.at(-1)?.url).toContain("order=taken");
  expect(server.asked.some((one) => one.url === "/api/v1/cases/ann-1?order=taken")).toBe(true);
  review.setOrder("benefit");
});

it("the browser asks before the page is left while a verdict is on its way", () => {
  const [busy, page] = [signal(false), new EventTarget()];
  const stop = guardLeaving(busy, page);
  const leave = () => page.dispatchEvent(new Event("beforeunload", { cancelable: true }));
  expect(leave()).toBe(true);
  busy.value = true;
  expect(leave()).toBe(false);
  busy.value = false;
  expect(leave()).toBe(true);
  stop();
});
