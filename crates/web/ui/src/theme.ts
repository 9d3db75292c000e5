import { storedSignal } from "./stored";

/** Light, dark, or as the system has it. */
export type Theme = "auto" | "light" | "dark";

/** The theme chosen. */
export const theme = storedSignal<Theme>("theme", "auto");

theme.subscribe((value) => {
  if (!globalThis.document) return;
  if (value === "auto") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = value;
});
