import { useEffect, useState } from "preact/hooks";

/** The value once it has not changed for a while: a search waits until the reader stops typing. */
export function useSettled<T>(value: T, wait = 250): T {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), wait);
    return () => clearTimeout(timer);
  }, [value, wait]);
  return settled;
}

/** The address of the individuals that a text is found in. */
export function searchAddress(text: string): string {
  const search = text.trim();
  return search ? `/api/v1/individuals?${new URLSearchParams({ search })}` : "/api/v1/individuals";
}
