import { ApiProblem, send } from "../../api/client";
import type { VerdictDone, VerdictSaid } from "../../api/types";

const WAITS_MS = [400, 2000];

/** Sends a verdict on the state `etag` of a case; where no answer comes, again under the same key, so that it counts once. */
export async function sendVerdict(caseId: string, said: VerdictSaid, etag: string): Promise<VerdictDone> {
  const path = `/api/v1/cases/${encodeURIComponent(caseId)}/verdict`;
  const headers = { "If-Match": etag, "Idempotency-Key": newKey() };
  for (const wait of WAITS_MS) {
    try {
      return await send<VerdictDone>("POST", path, said, headers);
    } catch (error) {
      if (!(error instanceof ApiProblem && error.status === 0)) throw error;
      await new Promise((resolve) => setTimeout(resolve, wait));
    }
  }
  return send<VerdictDone>("POST", path, said, headers);
}

function newKey(): string {
  // Without a secure context (a field laptop serving a tablet over the hut's network) there is no randomUUID.
  if (typeof crypto.randomUUID === "function") return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
