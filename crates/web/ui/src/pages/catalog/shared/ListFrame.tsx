import type { ComponentChildren } from "preact";
import { t } from "../../../strings";
import { Button, Loading } from "../../../ui";
import { Problem } from "./Problem";
import { numberText } from "./formats";
import type { Paged } from "./usePaged";

interface ListFrameProps<T> {
  list: Paged<T>;
  /** What is shown where the list has nothing. */
  empty: ComponentChildren;
  children: ComponentChildren;
}

/** A list with its states: loading, failed, empty, and a button for more. */
export function ListFrame<T>({ list, empty, children }: ListFrameProps<T>) {
  if (list.problem && list.items.length === 0) {
    return <Problem error={list.problem} onRetry={list.reload} />;
  }
  if (!list.ready) {
    return <Loading />;
  }
  if (list.items.length === 0) {
    return <>{empty}</>;
  }
  return (
    <>
      {children}
      {list.problem != null && <Problem error={list.problem} onRetry={list.reload} />}
      <div class="list-end">
        <span class="muted">{t("pages.shownOf", { shown: numberText(list.items.length), total: numberText(list.total) })}</span>
        {list.more && <Button onClick={list.readMore} disabled={list.busy}>{list.busy ? t("common.loading") : t("pages.more")}</Button>}
      </div>
    </>
  );
}
