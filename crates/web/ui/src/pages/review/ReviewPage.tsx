import { useEffect, useRef, useState } from "preact/hooks";
import type { Case } from "../../api/types";
import { listenToKeys } from "../../keys";
import { href, route } from "../../router";
import { t } from "../../strings";
import { Button, Empty, Loading } from "../../ui";
import { Candidates } from "./Candidates";
import { reviewCommands } from "./commands";
import { ConflictDialog } from "./ConflictDialog";
import { HistoryList } from "./HistoryList";
import { KeysDialog } from "./KeysDialog";
import { Panes } from "./Panes";
import { QueueBar } from "./QueueBar";
import { review } from "./session";
import { Toolbar } from "./Toolbar";
import { Verdicts } from "./Verdicts";
import { resetForCase, sideOpen } from "./view";

/** Deciding, case by case, which individual a query shows. */
export function ReviewPage() {
  const [keysOpen, setKeysOpen] = useState(false);
  const page = useRef<HTMLDivElement>(null);
  const about = review.current.value;
  const onKeys = () => setKeysOpen(true);
  const onFullScreen = () => void toggleFullScreen();
  useRoute();
  useEffect(() => listenToKeys(() => reviewCommands(onKeys, onFullScreen)), []);
  useEffect(resetForCase, [about?.case]);
  return (
    <div class={sideOpen.value ? "review" : "review review-folded"} ref={page} onClick={(event) => giveFocusBack(event, page.current)} tabIndex={-1}>
      <QueueBar about={about} />
      {about ? <Decision about={about} onKeys={onKeys} onFullScreen={onFullScreen} /> : <Waiting />}
      <KeysDialog open={keysOpen} onClose={() => setKeysOpen(false)} />
      <ConflictDialog />
    </div>
  );
}

function Decision({ about, onKeys, onFullScreen }: { about: Case; onKeys: () => void; onFullScreen: () => void }) {
  return (
    <>
      <Toolbar onKeys={onKeys} onFullScreen={onFullScreen} />
      <Panes about={about} />
      <Verdicts />
      <aside class="review-side" aria-label={t("review.side")}>
        <Button look="quiet" class="side-fold" aria-expanded={sideOpen.value} onClick={() => { sideOpen.value = !sideOpen.value; }}
          icon={sideOpen.value ? "⟩" : "⟨"}>{t(sideOpen.value ? "side.hide" : "side.show")}</Button>
        <Candidates about={about} />
        <HistoryList />
      </aside>
    </>
  );
}

function Waiting() {
  const preparing = review.queue.value?.preparing;
  switch (review.phase.value) {
    case "empty": return (
      <Empty title={t("review.empty")}>
        <p>{t("review.empty.what")}</p>
        <p><a href={href("inbox")}>{t("review.empty.inbox")}</a> · <a href={href("journal")}>{t("review.empty.journal")}</a></p>
        <HistoryList />
      </Empty>
    );
    case "preparing": return (
      <Empty title={t("queue.preparing")}>
        {preparing && <progress class="wide-progress" aria-label={t("queue.preparing")} value={preparing.done} max={Math.max(1, preparing.total)} />}
        <p>{preparing ? t("queue.preparing.count", preparing) : ""}</p>
      </Empty>
    );
    case "problem": return (
      <Empty title={t("problem.title")}>
        <p class="problem-words">{review.problem.value}</p>
        <Button look="main" onClick={review.retry}>{t("review.toQueue")}</Button>
      </Empty>
    );
    default: return <Loading />;
  }
}

/** The address and the case on screen follow each other. */
function useRoute() {
  const { page, id } = route.value;
  useEffect(() => {
    review.start(page === "review" ? id : null);
    return review.stop;
  }, []);
  useEffect(() => {
    // Effects run late: what counts is where one is by then.
    const now = route.peek();
    if (now.page === "review" && now.id && now.id !== review.current.peek()?.case) review.open(now.id);
  }, [id]);
}

// The whole document, so that notices and dialogs are seen in full screen too; the style sheet hides the bar at the top.
async function toggleFullScreen(): Promise<void> {
  if (document.fullscreenElement) await document.exitFullscreen();
  else await document.documentElement.requestFullscreen?.();
}

/**
 * After a click on a button its focus would keep Space and Enter, which are keys of this page.
 * Whoever presses the button by keyboard keeps the focus where it is.
 */
function giveFocusBack(event: MouseEvent, page: HTMLElement | null): void {
  const target = event.target as Element;
  if (event.detail > 0 && target.closest("button") && !target.closest("dialog")) page?.focus({ preventScroll: true });
}
