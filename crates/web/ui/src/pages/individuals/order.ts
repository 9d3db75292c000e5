import type { IndividualRow } from "../../api/types";

/** How a list of individuals can be ordered. The server orders by name. */
export const ORDERS = ["name", "latest", "photos", "fewest"] as const;

/** One of the orders. */
export type Order = (typeof ORDERS)[number];

const COMPARE: Record<Exclude<Order, "name">, (one: IndividualRow, other: IndividualRow) => number> = {
  latest: (one, other) => (other.last_seen ?? "").localeCompare(one.last_seen ?? ""),
  photos: (one, other) => other.photos - one.photos,
  fewest: (one, other) => one.photos - other.photos,
};

/** The individuals in this order; what is equal stays in the order of the server. */
export function ordered(rows: readonly IndividualRow[], order: Order): readonly IndividualRow[] {
  return order === "name" ? rows : [...rows].sort(COMPARE[order]);
}
