import type { Listing } from "../../../api/types";

/** What of a list is there. */
export interface Gathered<T> {
  items: T[];
  /** Where the next page begins; `null` at the end. */
  next: string | null;
  /** How many the whole list has. */
  total: number;
}

/** A list of which nothing has been asked yet. */
export const NOTHING = { items: [], next: null, total: 0 };

/** The address of one page of a list. */
export function pageAddress(path: string, limit: number, cursor: string | null): string {
  const query = new URLSearchParams({ limit: String(limit), ...(cursor === null ? {} : { cursor }) });
  return `${path}${path.includes("?") ? "&" : "?"}${query}`;
}

/** Reads on from what is there until at least so many items are, or the list ends. A list that has ended stays as it is. */
export async function readOn<T>(
  start: Gathered<T>,
  least: number,
  page: (cursor: string | null) => Promise<Listing<T>>,
): Promise<Gathered<T>> {
  let { items, next, total } = start;
  // Without a cursor the server gives the first page, which is there already.
  if (items.length > 0 && next === null) {
    return start;
  }
  do {
    const read = await page(next);
    items = [...items, ...read.items];
    next = read.next_cursor;
    total = read.total;
  } while (next !== null && items.length < least);
  return { items, next, total };
}
