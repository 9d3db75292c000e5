import { wordsFor } from "../../../notice";
import { t } from "../../../strings";
import { Button } from "../../../ui";

/** What is shown where reading failed: the server's words and a way to try again. */
export function Problem({ error, onRetry }: { error: unknown; onRetry: () => void }) {
  return (
    <div class="problem" role="alert">
      <h2>{t("problem.title")}</h2>
      <p>{wordsFor(error)}</p>
      <Button onClick={onRetry}>{t("common.retry")}</Button>
    </div>
  );
}
