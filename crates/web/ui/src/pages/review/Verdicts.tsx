import type { ComponentChildren } from "preact";
import type { Confidence, VerdictWord } from "../../api/types";
import { keyOf, type Command } from "../../keys";
import { t, type TextKey } from "../../strings";
import { Button } from "../../ui";
import { BadPhotoIcon, CannotTellIcon, DifferentIcon, NewIcon, NotComparableIcon, SameIcon } from "./icons";
import { review } from "./session";
import { isAboutCandidate } from "./verdicts";
import { entryWords, verdictWords } from "./words";

const VERDICTS: [verdict: VerdictWord, command: Command, icon: ComponentChildren][] = [
  ["same", "same", <SameIcon />],
  ["different", "different", <DifferentIcon />],
  ["cannot-tell", "cannotTell", <CannotTellIcon />],
  ["not-comparable", "notComparable", <NotComparableIcon />],
  ["new", "new", <NewIcon />],
  ["bad-photo", "badPhoto", <BadPhotoIcon />],
];

/** What can be said of the case, and how sure one is. */
export function Verdicts() {
  const decided = review.decidedHere.value;
  return (
    <section class="verdicts" aria-labelledby="verdict-heading">
      <h2 id="verdict-heading" class="visually-hidden">{t("verdict.title")}</h2>
      {review.decidedElsewhere.value ? <p class="decided"><span>{decidedWords()}</span></p> : decided ? (
        <p class="decided">
          <span>{t("verdict.decided", { what: entryWords(decided) })}</span>
          <Button keyHint={keyOf("undo")} disabled={decided.turning} onClick={() => review.turn(decided.number)}>{t("common.undo")}</Button>
        </p>
      ) : (
        <>
          <div class="verdict-buttons">{VERDICTS.map(([verdict, command, icon]) => <VerdictButton key={verdict} {...{ verdict, command, icon }} />)}</div>
          <Confidences />
          <Note />
        </>
      )}
    </section>
  );
}

// Whoever reviews blind must not learn what others decided.
function decidedWords(): string {
  const query = review.current.value?.query ?? [];
  const names = review.blind.value ? [] : [...new Set(query.flatMap((annotation) => annotation.individual?.name ?? []))];
  return names.length > 0 ? t("verdict.decidedBy", { names: names.join(", ") }) : t("verdict.decidedAlready");
}

// Enter held on a button that has the focus would press it again and again.
function onceAPress(event: KeyboardEvent): void {
  if (event.repeat && event.key === "Enter") event.preventDefault();
}

function VerdictButton({ verdict, command, icon }: { verdict: VerdictWord; command: Command; icon: ComponentChildren }) {
  const nobody = isAboutCandidate(verdict) && !review.chosen.value;
  return (
    <Button look={verdict === "same" ? "main" : "plain"} icon={icon} keyHint={keyOf(command)} disabled={nobody} class={`verdict-${verdict}`}
      onKeyDown={onceAPress} onClick={() => review.say(verdict)}>{verdictWords(verdict)}</Button>
  );
}

function Confidences() {
  const { draft } = review;
  return (
    <fieldset class="confidences">
      <legend>{draft.value.confidence ? t(`confidence.${draft.value.confidence}` satisfies TextKey) : t("confidence.title")}</legend>
      {([1, 2, 3, 4] as const).map((value) => {
        const words = t(`confidence.${value}` satisfies TextKey);
        return (
          <button key={value} type="button" class="button" aria-pressed={draft.value.confidence === value} aria-label={words} title={words}
            onClick={() => toggleConfidence(value)}>{value}</button>
        );
      })}
    </fieldset>
  );
}

/** Sets how sure one is; the same again takes it away. */
export function toggleConfidence(value: Confidence): void {
  const { draft } = review;
  draft.value = { ...draft.value, confidence: draft.value.confidence === value ? null : value };
}

function Note() {
  const { draft } = review;
  const write = (change: { note?: string; tag?: string }) => { draft.value = { ...draft.value, ...change }; };
  return (
    <div class="note">
      <label>
        <span class="visually-hidden">{t("verdict.note")}</span>
        <input type="text" class="note-text" value={draft.value.note} placeholder={t("verdict.note")} autocomplete="off"
          onInput={(event) => write({ note: event.currentTarget.value })} />
      </label>
      <label>
        <span class="visually-hidden">{t("verdict.tag")}</span>
        <input type="text" class="note-tag" value={draft.value.tag} placeholder={t("verdict.tag")} autocomplete="off"
          onInput={(event) => write({ tag: event.currentTarget.value })} />
      </label>
    </div>
  );
}
