import { signal } from "@preact/signals";
import { ApiProblem, get, send } from "./api/client";
import type { Me } from "./api/types";

/** Who is let in: not asked yet, nobody, or somebody. */
export type SignedIn = { state: "asking" } | { state: "nobody" } | { state: "somebody"; me: Me };

/** Who is let in now. */
export const signedIn = signal<SignedIn>({ state: "asking" });

/** The token in a fragment such as `#token=abc`. */
export function tokenOf(hash: string): string | null {
  return /^#token=([^&]+)/.exec(hash)?.[1] ?? null;
}

/** Gives the token to the server, which answers with a cookie. */
export async function signInWith(token: string): Promise<void> {
  await send("POST", "/api/v1/session", { token });
  await askWhoIsIn();
}

async function askWhoIsIn(): Promise<void> {
  try {
    signedIn.value = { state: "somebody", me: await get<Me>("/api/v1/session") };
  } catch (error) {
    if (!(error instanceof ApiProblem && error.status === 401)) throw error;
    signedIn.value = { state: "nobody" };
  }
}

/** Takes the token out of the address, where it would be kept in the browser's history, and signs in. */
export async function start(): Promise<void> {
  const token = tokenOf(location.hash);
  if (token === null) return askWhoIsIn();
  history.replaceState(null, "", `${location.pathname}${location.search}#/review`);
  dispatchEvent(new HashChangeEvent("hashchange"));
  try {
    await signInWith(decodeURIComponent(token));
  } catch (error) {
    if (!(error instanceof ApiProblem && error.status === 401)) throw error;
    await askWhoIsIn();
  }
}
