import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { keyOf, type Command } from "../../keys";
import { t, type TextKey } from "../../strings";
import { Button } from "../../ui";
import { AdjustPanel } from "./AdjustPanel";
import {
  AdjustIcon, AlignIcon, FitIcon, FlickerIcon, FullScreenIcon, KeysIcon, LoupeIcon, MatchesIcon, MirrorIcon, OverlayIcon, SyncIcon, WholeIcon,
} from "./icons";
import {
  adjustments, aligned, fitAgain, flicker, loupe, matchesOn, mirrored, nextOverlay, opacity, overlay, picking, pickingWords, PLAIN, swipe,
  sync, toggleAlign, toggleMatches, toggleMirror, toggleSync, toggleWhole, whole,
} from "./view";

interface ToolbarProps { onKeys: () => void; onFullScreen: () => void }

/** The tools for looking at the two pictures. */
export function Toolbar({ onKeys, onFullScreen }: ToolbarProps) {
  const [adjusting, setAdjusting] = useState(false);
  const [open, setOpen] = useState(false);
  const adjusted = adjustments.value !== PLAIN;
  return (
    <section class={open ? "tools" : "tools tools-closed"} aria-label={t("tools.title")}>
      <Button class="tools-toggle" aria-expanded={open} onClick={() => setOpen(!open)}>{t("tools.toggle")}</Button>
      <div class="tools-row">
        <Tool command="sync" text="tool.sync" icon={<SyncIcon />} pressed={sync.value} act={toggleSync} />
        <Tool command="align" text="tool.align" icon={<AlignIcon />} pressed={picking.value !== null || aligned.value} act={toggleAlign} />
        <FlickerTool />
        <Tool command="overlay" text="tool.overlay" icon={<OverlayIcon />} pressed={overlay.value !== "off"} act={nextOverlay} />
        <Tool command="mirror" text="tool.mirror" icon={<MirrorIcon />} pressed={mirrored.value} act={toggleMirror} />
        <Tool command="loupe" text="tool.loupe" icon={<LoupeIcon />} pressed={loupe.value} act={() => { loupe.value = !loupe.value; }} />
        <Tool command="matches" text="tool.matches" icon={<MatchesIcon />} pressed={matchesOn.value} act={toggleMatches} />
        <Tool command="whole" text="tool.whole" icon={<WholeIcon />} pressed={whole.value} act={toggleWhole} />
        <Button look="quiet" icon={<FitIcon />} keyHint={keyOf("fit")} onClick={fitAgain}>{t("tool.fit")}</Button>
        <Button look="quiet" icon={<AdjustIcon />} aria-pressed={adjusted} aria-expanded={adjusting} aria-controls="adjust"
          onClick={() => setAdjusting(!adjusting)}>{t("tool.adjust")}</Button>
        <Button look="quiet" icon={<FullScreenIcon />} keyHint={keyOf("fullScreen")} onClick={onFullScreen}>{t("tool.fullScreen")}</Button>
        <Button look="quiet" icon={<KeysIcon />} keyHint={keyOf("keys")} onClick={onKeys}>{t("tool.keys")}</Button>
      </div>
      {adjusting && <AdjustPanel />}
      <OverlaySlider />
      <p class={picking.value ? "tools-hint" : "visually-hidden"} role="status">{pickingWords.value}</p>
    </section>
  );
}

interface ToolProps { command: Command; text: TextKey; icon: ComponentChildren; pressed: boolean; act: () => void }

function Tool({ command, text, icon, pressed, act }: ToolProps) {
  return <Button look="quiet" icon={icon} keyHint={keyOf(command)} aria-pressed={pressed} onClick={act}>{t(text)}</Button>;
}

/** Held with the pointer it shows the other picture as long as it is held; pressed by keyboard it stays until pressed again. */
function FlickerTool() {
  const on = () => { flicker.value = true; };
  const off = () => { flicker.value = false; };
  return (
    <Button look="quiet" icon={<FlickerIcon />} keyHint={keyOf("flicker")} aria-pressed={flicker.value} onPointerDown={on} onPointerUp={off}
      onPointerLeave={off} onPointerCancel={off}
      onClick={(event) => { if (event.detail === 0) flicker.value = !flicker.value; }}>{t("tool.flicker")}</Button>
  );
}

function OverlaySlider() {
  const how = overlay.value;
  if (how === "off") return null;
  const value = how === "blend" ? opacity : swipe;
  return (
    <div class="tools-panel">
      <label class="slider">
        <span>{t(how === "blend" ? "overlay.opacity" : "overlay.edge")}</span>
        <input type="range" min="0" max="1" step="0.01" value={value.value} onInput={(event) => { value.value = Number(event.currentTarget.value); }} />
      </label>
      <Button aria-pressed={how === "blend"} onClick={() => { overlay.value = "blend"; }}>{t("overlay.blend")}</Button>
      <Button aria-pressed={how === "swipe"} onClick={() => { overlay.value = "swipe"; }}>{t("overlay.swipe")}</Button>
      <Button onClick={() => { overlay.value = "off"; }}>{t("overlay.off")}</Button>
    </div>
  );
}
