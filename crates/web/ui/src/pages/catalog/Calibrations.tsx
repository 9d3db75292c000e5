import type { Calibration } from "../../api/types";
import { t } from "../../strings";
import { Tag } from "../../ui";
import { counted, localTime } from "./shared/formats";

/** What turns likeness into probabilities, in plain words. */
export function Calibrations({ calibrations }: { calibrations: readonly Calibration[] }) {
  if (calibrations.length === 0) {
    return <p class="muted">{t("catalog.notCalibrated")}</p>;
  }
  return (
    <ul class="calibrations">
      {calibrations.map((calibration) => (
        <li key={`${calibration.slot} ${calibration.effort}`}>
          <p class="calibration-head">
            <strong>{[calibration.slot, calibration.effort].filter(Boolean).join(" · ")}</strong>
            {calibration.serves ? <Tag tone="accent">{t("catalog.serves")}</Tag> : <Tag tone="warn">{t("catalog.servesNot")}</Tag>}
          </p>
          <p>{calibration.words}</p>
          <p class="muted">
            {t("catalog.fitted", {
              what: counted(calibration.annotations, "annotations"),
              individuals: counted(calibration.individuals, "individuals"),
              at: localTime(calibration.fitted_at),
            })}
          </p>
        </li>
      ))}
    </ul>
  );
}
