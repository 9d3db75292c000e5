import { ApiProblem, send } from "../../api/client";
import type { QueueOrder, VerdictDone, VerdictSaid } from "../../api/types";

const LOST_WAITS_MS = [400, 2000];
// Whoever else writes is mostly done within seconds.
const BUSY_WAITS_MS = Array.from({ length: 10 }, () => 2000);

/** Sends a verdict on the state `etag` of a case; where no answer comes, again under the same key, so that it counts once. */
export async function sendVerdict(caseId: string, said: VerdictSaid, etag: string, order: QueueOrder): Promise<VerdictDone> {
  const path = `/api/v1/cases/${encodeURIComponent(caseId)}/verdict?order=${order}`;
  const headers = { "If-Match": etag, "Idempotency-Key": newKey() };
  const [lost, busy] = [[...LOST_WAITS_MS], [...BUSY_WAITS_MS]];
  for (;;) {
    try {
      return await send<VerdictDone>("POST", path, said, headers);
    } catch (error) {
      const wait = isLost(error) ? lost.shift() : isBusy(error) ? busy.shift() : undefined;
      if (wait === undefined) throw error;
      await new Promise((resolve) => setTimeout(resolve, wait));
    }
  }
}

function isLost(error: unknown): boolean {
  return error instanceof ApiProblem && error.status === 0;
}

// The server answers 503 for a broken machine too; that does not pass by waiting.
function isBusy(error: unknown): boolean {
  return error instanceof ApiProblem && error.status === 503 && /somebody else is writing/i.test(error.detail);
}

function newKey(): string {
  // Without a secure context (a field laptop serving a tablet over the hut's network) there is no randomUUID.
  if (typeof crypto.randomUUID === "function") return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
