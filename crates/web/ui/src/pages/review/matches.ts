import { computed, effect, signal } from "@preact/signals";
import { get } from "../../api/client";
import type { Matches } from "../../api/types";
import { tellProblem } from "../../notice";
import { matchesOn, shown } from "./view";

const found = signal<{ pair: string; matches: Matches } | null>(null);

const pair = computed(() => {
  const [left, right] = [shown.left.value, shown.right.value];
  if (!left || !right) return null;
  return `query=${encodeURIComponent(left.annotation)}&candidate=${encodeURIComponent(right.annotation)}`;
});

/** The matched keypoints of the two photos shown; `null` while they are off or on their way. */
export const matches = computed(() =>
  (matchesOn.value && found.value && found.value.pair === pair.value ? found.value.matches : null));

// Asked for only when somebody wants to see them: finding them again costs the server a moment.
effect(() => {
  const wanted = pair.value;
  if (!matchesOn.value || !wanted || found.peek()?.pair === wanted) return undefined;
  const stop = new AbortController();
  get<Matches>(`/api/v1/matches?${wanted}`, stop.signal)
    .then((answer) => { found.value = { pair: wanted, matches: answer }; })
    .catch(tellProblem);
  return () => stop.abort();
});
