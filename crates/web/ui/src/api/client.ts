/** An answer of the server that is not a success, in its own words. */
export class ApiProblem extends Error {
  /** What the server said beyond the words, such as the state of a case in a conflict. */
  // The body has another shape with every problem, so whoever reads it has to say which.
  body: any;

  constructor(
    /** HTTP status; 0 where no answer came. */
    public status: number,
    public title: string,
    public detail: string,
    public hint?: string,
    body?: unknown,
  ) {
    super(detail || title);
    this.body = body;
  }
}

/** Where one signs in and asks who is in. */
export const SESSION = "/api/v1/session";

async function problemOf(answer: Response): Promise<ApiProblem> {
  const body = await answer.json().catch(() => null);
  return new ApiProblem(answer.status, body?.title ?? answer.statusText, body?.detail ?? "", body?.hint, body);
}

let signedOut: () => void = () => {};

/** Says who hears that the server no longer lets this reader in. */
export function whenSignedOut(hear: () => void): void {
  signedOut = hear;
}

/** Hears the status of an answer; every way of asking the server has to pass it on. */
export function heardStatus(status: number, isSignIn = false): void {
  // Signing in answers 401 to a wrong token, which says nothing about who is in already.
  if (status === 401 && !isSignIn) signedOut();
}

async function ask(path: string, init: RequestInit): Promise<Response> {
  let answer: Response;
  try {
    answer = await fetch(path, { credentials: "same-origin", ...init });
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new ApiProblem(0, "No answer", "The server did not answer.");
  }
  heardStatus(answer.status, init.method === "POST" && path === SESSION);
  if (!answer.ok) throw await problemOf(answer);
  return answer;
}

/** Reads `path` as JSON. */
export async function get<T>(path: string, signal?: AbortSignal): Promise<T> {
  return (await getWithEtag<T>(path, signal)).value;
}

/** Reads `path` as JSON together with its ETag, for a later `If-Match`. */
export async function getWithEtag<T>(path: string, signal?: AbortSignal): Promise<{ value: T; etag: string }> {
  const answer = await ask(path, { headers: { Accept: "application/json" }, signal: signal ?? null });
  return { value: (await answer.json()) as T, etag: answer.headers.get("ETag") ?? "" };
}

/** Sends a change; a `FormData` goes as it is, anything else as JSON. An answer without content becomes `undefined`. */
export async function send<T>(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<T> {
  const init: RequestInit = { method, headers: { Accept: "application/json", ...headers } };
  if (body instanceof FormData) {
    init.body = body;
  } else if (body !== undefined) {
    init.body = JSON.stringify(body);
    init.headers = { "Content-Type": "application/json", ...init.headers };
  }
  const answer = await ask(path, init);
  const text = await answer.text();
  return (text ? JSON.parse(text) : undefined) as T;
}
