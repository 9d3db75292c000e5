import { signal } from "@preact/signals";

/** Where the reader is: a page and, on some pages, what it shows. */
export interface Route { page: string; id: string | null }

/** Reads a hash such as `#/review/ann-12`. */
export function parseHash(hash: string): Route {
  const [page, ...rest] = hash.replace(/^#\/?/, "").split("/");
  const id = rest.join("/");
  return { page: page || "review", id: id ? decoded(id) : null };
}

/** Undoes the percent signs of an address; one that is mistyped stays as it is. */
export function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The address of a page, for links. */
export function href(page: string, id?: string | null): string {
  return id ? `#/${page}/${encodeURIComponent(id)}` : `#/${page}`;
}

/** Where the reader is now. */
export const route = signal<Route>(parseHash(globalThis.location?.hash ?? ""));

/** Goes to a page as a link would. */
export function go(page: string, id?: string | null): void {
  location.hash = href(page, id);
  // The event comes later, and whoever asks in between would be told the place before.
  follow();
}

function follow(): void {
  const now = parseHash(location.hash);
  if (now.page !== route.value.page || now.id !== route.value.id) route.value = now;
}

globalThis.addEventListener?.("hashchange", follow);
