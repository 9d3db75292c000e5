import { signal } from "@preact/signals";
import { ApiProblem, get, send, SESSION, whenSignedOut } from "./api/client";
import type { Me } from "./api/types";
import { tell, tellProblem } from "./notice";
import { decoded } from "./router";
import { t } from "./strings";

/** Who is let in: not asked yet, nobody, somebody, or not known since the server could not be asked. */
export type SignedIn =
  | { state: "asking" }
  | { state: "nobody" }
  | { state: "somebody"; me: Me }
  | { state: "failed"; problem: unknown; again: () => void };

/** Who is let in now. */
export const signedIn = signal<SignedIn>({ state: "asking" });

whenSignedOut(() => {
  if (signedIn.peek().state !== "nobody") signedIn.value = { state: "nobody" };
});

/** The token in a fragment such as `#token=abc`. */
export function tokenOf(hash: string): string | null {
  const token = /^#token=([^&]+)/.exec(hash)?.[1];
  return token === undefined ? null : decoded(token);
}

/** Gives the token to the server, which answers with a cookie. */
export async function signInWith(token: string): Promise<void> {
  await send("POST", SESSION, { token });
  await askWhoIsIn();
}

async function askWhoIsIn(): Promise<void> {
  try {
    signedIn.value = { state: "somebody", me: await get<Me>(SESSION) };
  } catch (error) {
    if (!isRefusal(error)) throw error;
    signedIn.value = { state: "nobody" };
  }
}

const isRefusal = (error: unknown) => error instanceof ApiProblem && error.status === 401;

/** Signs in with the token of the address, now and whenever one is put there. */
export function start(): Promise<void> {
  globalThis.addEventListener("hashchange", () => {
    const token = takeToken();
    if (token !== null) void enter(token);
  });
  return enter(takeToken());
}

/** Takes the token out of the address, where it would be kept in the browser's history. */
function takeToken(): string | null {
  const token = tokenOf(location.hash);
  if (token === null) return null;
  history.replaceState(null, "", `${location.pathname}${location.search}#/review`);
  dispatchEvent(new HashChangeEvent("hashchange"));
  return token;
}

async function enter(token: string | null): Promise<void> {
  try {
    await (token === null ? askWhoIsIn() : signInOrStay(token));
  } catch (problem) {
    fail(problem, () => {
      signedIn.value = { state: "asking" };
      void enter(token);
    });
  }
}

async function signInOrStay(token: string): Promise<void> {
  try {
    await signInWith(token);
  } catch (error) {
    if (!isRefusal(error)) throw error;
    tell(t("sign.wrong"), { kind: "problem" });
    await askWhoIsIn();
  }
}

// Where a page or the sign-in form is shown, it stays: the reader may be in the middle of something.
function fail(problem: unknown, again: () => void): void {
  const { state } = signedIn.peek();
  if (state === "asking" || state === "failed") signedIn.value = { state: "failed", problem, again };
  else tellProblem(problem);
}
