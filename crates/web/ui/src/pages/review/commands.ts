import type { VerdictWord } from "../../api/types";
import type { Handlers } from "../../keys";
import { review } from "./session";
import { toggleConfidence } from "./Verdicts";
import {
  fitAgain, flicker, loupe, nextOverlay, pan, picking, pickMiddle, toggleAlign, toggleMatches, toggleMirror, toggleSync, toggleWhole, zoom, type Side,
} from "./view";

const ZOOM_STEP = 1.25;
const PAN_STEP = 60;

/** The pane that has the focus; the left one where none has. */
function sideInFocus(): Side {
  return document.activeElement?.closest(".pane-right") ? "right" : "left";
}

/** What every key of the review page does. */
export function reviewCommands(onKeys: () => void, onFullScreen: () => void): Handlers {
  const press = (down: () => void) => ({ down });
  // While points are picked, Enter sets one, wherever the focus is; a verdict by mistake would be worse than none.
  const verdict = (word: VerdictWord) => ({
    down: (key: string) => (key === "Enter" && picking.value ? pickMiddle(sideInFocus()) : review.say(word)),
  });
  return {
    "candidate.next": press(() => review.step(1)),
    "candidate.previous": press(() => review.step(-1)),
    "photo.next": press(() => review.stepPhoto("candidate", 1)),
    "photo.previous": press(() => review.stepPhoto("candidate", -1)),
    "queryPhoto.next": press(() => review.stepPhoto("query", 1)),
    "queryPhoto.previous": press(() => review.stepPhoto("query", -1)),
    same: verdict("same"),
    different: verdict("different"),
    cannotTell: verdict("cannot-tell"),
    notComparable: verdict("not-comparable"),
    new: verdict("new"),
    badPhoto: verdict("bad-photo"),
    "confidence.1": press(() => toggleConfidence(1)),
    "confidence.2": press(() => toggleConfidence(2)),
    "confidence.3": press(() => toggleConfidence(3)),
    "confidence.4": press(() => toggleConfidence(4)),
    flicker: { down: () => { flicker.value = true; }, up: () => { flicker.value = false; } },
    loupe: { down: () => { loupe.value = true; }, up: () => { loupe.value = false; } },
    sync: press(toggleSync),
    align: press(toggleAlign),
    matches: press(toggleMatches),
    overlay: press(nextOverlay),
    mirror: press(toggleMirror),
    whole: press(toggleWhole),
    fullScreen: press(onFullScreen),
    zoomIn: press(() => zoom(sideInFocus(), ZOOM_STEP)),
    zoomOut: press(() => zoom(sideInFocus(), 1 / ZOOM_STEP)),
    fit: press(fitAgain),
    panLeft: press(() => pan(sideInFocus(), PAN_STEP, 0)),
    panRight: press(() => pan(sideInFocus(), -PAN_STEP, 0)),
    panUp: press(() => pan(sideInFocus(), 0, PAN_STEP)),
    panDown: press(() => pan(sideInFocus(), 0, -PAN_STEP)),
    undo: press(() => void review.undo()),
    redo: press(() => void review.redo()),
    skip: press(review.skip),
    previousCase: press(review.previous),
    keys: press(onKeys),
  };
}
