import { t } from "../../strings";
import { Button } from "../../ui";
import { adjustments, PLAIN, type Adjustments } from "./view";

/** Light, contrast and filters: for looking only. */
export function AdjustPanel() {
  const change = (part: Partial<Adjustments>) => { adjustments.value = { ...adjustments.value, ...part }; };
  const { brightness, contrast, localContrast, edges } = adjustments.value;
  return (
    <div class="tools-panel" id="adjust">
      <Slider label={t("adjust.brightness")} value={brightness} onValue={(value) => change({ brightness: value })} />
      <Slider label={t("adjust.contrast")} value={contrast} onValue={(value) => change({ contrast: value })} />
      <label class="check">
        <input type="checkbox" checked={localContrast} onChange={(event) => change({ localContrast: event.currentTarget.checked })} />
        {t("adjust.localContrast")}
      </label>
      <label class="check">
        <input type="checkbox" checked={edges} onChange={(event) => change({ edges: event.currentTarget.checked })} />
        {t("adjust.edges")}
      </label>
      <Button onClick={() => { adjustments.value = PLAIN; }}>{t("adjust.reset")}</Button>
      <span class="muted">{t("adjust.viewOnly")}</span>
    </div>
  );
}

function Slider({ label, value, onValue }: { label: string; value: number; onValue: (value: number) => void }) {
  return (
    <label class="slider">
      <span>{label}</span>
      <input type="range" min="0.3" max="2.5" step="0.05" value={value} onInput={(event) => onValue(Number(event.currentTarget.value))} />
    </label>
  );
}
