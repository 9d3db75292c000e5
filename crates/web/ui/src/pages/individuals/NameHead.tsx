import { useEffect, useRef, useState } from "preact/hooks";
import { send } from "../../api/client";
import type { IndividualDetails, Step } from "../../api/types";
import { signed } from "../../reviewer";
import { t } from "../../strings";
import { Button } from "../../ui";
import { tellSteps } from "../catalog/shared/steps";
import { useAction } from "../catalog/shared/useAction";

interface NameHeadProps {
  individual: IndividualDetails;
  /** Called when the catalog has changed. */
  onChanged: () => void;
}

/** The name of an individual, and a field in its place while it is being renamed. */
export function NameHead({ individual, onChanged }: NameHeadProps) {
  const [renaming, setRenaming] = useState(false);
  const head = useRef<HTMLDivElement>(null);
  const done = useRef(false);
  useEffect(() => {
    // The field that had the focus is gone: the button that opened it gets it back.
    if (!renaming && done.current) {
      head.current?.querySelector("button")?.focus();
    }
    done.current = renaming;
  }, [renaming]);
  if (renaming) {
    return <RenameForm individual={individual} onDone={() => setRenaming(false)} onChanged={onChanged} />;
  }
  return (
    <div ref={head} class="name-head">
      <h1>{individual.name}</h1>
      <Button onClick={() => setRenaming(true)}>{t("individual.rename")}</Button>
    </div>
  );
}

function RenameForm({ individual, onDone, onChanged }: NameHeadProps & { onDone: () => void }) {
  const [name, setName] = useState(individual.name);
  const action = useAction();
  const wished = name.trim();
  const save = () => action.run(async () => {
    if (wished !== individual.name) {
      const step = await send<Step>("POST", `/api/v1/individuals/${encodeURIComponent(individual.id)}/rename`, { name: wished, ...signed() });
      tellSteps(t("individual.renamed", { before: individual.name, after: wished }), [step], onChanged);
      onChanged();
    }
    onDone();
  });
  return (
    <form class="name-head" onSubmit={(event) => { event.preventDefault(); save(); }} onKeyDown={(event) => { if (event.key === "Escape") onDone(); }}>
      <h1 class="visually-hidden">{individual.name}</h1>
      <input
        class="name-input"
        type="text"
        aria-label={t("individual.name")}
        value={name}
        required
        autocomplete="off"
        ref={focusOnce}
        onInput={(event) => setName(event.currentTarget.value)}
      />
      <Button type="submit" look="main" disabled={action.busy || wished === ""}>{t("inbox.edit.save")}</Button>
      <Button onClick={onDone}>{t("common.cancel")}</Button>
      <p class="problem-words" role="alert">{action.problem}</p>
    </form>
  );
}

// The same function at every render, so that Preact calls it once.
function focusOnce(input: HTMLInputElement | null): void {
  input?.focus();
  input?.select();
}
