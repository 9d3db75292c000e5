import { useEffect, useState } from "preact/hooks";
import type { Case, QueueOrder } from "../../api/types";
import { keyOf } from "../../keys";
import { t, type TextKey } from "../../strings";
import { Button, Tag } from "../../ui";
import { ratePerHour } from "./history";
import { review } from "./session";

/** How far the work is, in which order it comes, and the way to the next and the previous case. */
export function QueueBar({ about }: { about: Case | null }) {
  return (
    <section class="queue-bar" aria-label={t("queue.title")}>
      {!about && <h1 class="visually-hidden">{t("nav.review")}</h1>}
      {about && (
        <div class="queue-moves">
          <Button keyHint={keyOf("previousCase")} onClick={review.previous}>{t("queue.previous")}</Button>
          <Button keyHint={keyOf("skip")} onClick={review.skip}>{t("queue.skip")}</Button>
        </div>
      )}
      {about && <CaseWords about={about} />}
      <Progress />
      <div class="queue-choices">
        <label class="top-field">
          <span>{t("queue.order")}</span>
          <select value={review.order.value} onChange={(event) => review.setOrder(event.currentTarget.value as QueueOrder)}>
            <option value="benefit">{t("queue.order.benefit")}</option>
            <option value="taken">{t("queue.order.taken")}</option>
          </select>
        </label>
        <label class="check" title={t("queue.blind.what")}>
          <input type="checkbox" checked={review.blind.value} onChange={(event) => review.setBlind(event.currentTarget.checked)} />
          {t("queue.blind")}
        </label>
      </div>
    </section>
  );
}

function CaseWords({ about }: { about: Case }) {
  return (
    <h1 class="queue-case">
      {t("queue.case", { at: about.position, of: about.total })}
      {!review.blind.value && <Tag tone={about.decision === "ask" ? "warn" : "accent"}>{t(`decision.${about.decision}` satisfies TextKey)}</Tag>}
      {!review.blind.value && about.reason && <span class="queue-reason" title={about.reason}>{about.reason}</span>}
      {!about.up_to_date && <Tag>{t("queue.renewing")}</Tag>}
    </h1>
  );
}

function Progress() {
  const queue = review.queue.value;
  const rate = useRate();
  if (!queue) return null;
  const all = queue.total + queue.decided;
  return (
    <div class="queue-progress">
      {queue.preparing ? (
        <>
          <progress aria-label={t("queue.preparing")} value={queue.preparing.done} max={Math.max(1, queue.preparing.total)} />
          <span>{t("queue.preparing.count", queue.preparing)}</span>
        </>
      ) : (
        <>
          <progress aria-label={t("queue.progress")} value={queue.decided} max={Math.max(1, all)} />
          <span>{t("queue.counts", { decided: queue.decided, open: queue.total })}{rate !== null && ` · ${t("queue.rate", { n: rate })}`}</span>
        </>
      )}
    </div>
  );
}

const RATE_MS = 20_000;

function useRate(): number | null {
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), RATE_MS);
    return () => clearInterval(timer);
  }, []);
  return ratePerHour(review.history.entries.value, Math.max(now, review.history.entries.value.at(-1)?.at ?? 0));
}
