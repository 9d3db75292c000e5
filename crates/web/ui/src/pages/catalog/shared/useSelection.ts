import { useRef, useState } from "preact/hooks";
import { selectedAfter } from "../../inbox/grouping";

/** What is selected of a list. With Shift, all between are: between as they are seen, in this order. */
export function useSelection(order: readonly string[]) {
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const last = useRef<string | null>(null);
  const select = (id: string, through: boolean) => {
    setSelected(selectedAfter(selected, order, id, through ? last.current : null));
    last.current = id;
  };
  const selectAll = (ids: readonly string[], add: boolean) => {
    const others = [...selected].filter((id) => !ids.includes(id));
    setSelected(new Set(add ? [...others, ...ids] : others));
  };
  return { selected, select, selectAll, clear: () => setSelected(new Set()) };
}
