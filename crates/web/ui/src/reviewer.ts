import { storedSignal } from "./stored";

/** The name that signs steps (`by`); empty = the name the server knows. */
export const reviewer = storedSignal("reviewer", "");

/** `by` for a body: the reviewer's name, or nothing. */
export function signed(): { by?: string } {
  const by = reviewer.value.trim();
  return by ? { by } : {};
}
