import { signal, type Signal } from "@preact/signals";

// A browser may forbid storage (private windows, locked-down machines); the screen then forgets, but works.
function storage(): Storage | null {
  try {
    return globalThis.localStorage ?? null;
  } catch {
    return null;
  }
}

/** Reads what was kept under `key`; `fallback` where nothing or nothing readable is there. */
export function recall<T>(key: string, fallback: T): T {
  try {
    const text = storage()?.getItem(`resight.${key}`);
    return text == null ? fallback : (JSON.parse(text) as T);
  } catch {
    return fallback;
  }
}

/** Keeps `value` under `key` in this browser. */
export function remember(key: string, value: unknown): void {
  try {
    storage()?.setItem(`resight.${key}`, JSON.stringify(value));
  } catch {
    // Full or forbidden: the choice lasts as long as the page.
  }
}

/** A signal that starts with what was kept and keeps every change. */
export function storedSignal<T>(key: string, fallback: T): Signal<T> {
  const stored = signal<T>(recall(key, fallback));
  stored.subscribe((value) => remember(key, value));
  return stored;
}
