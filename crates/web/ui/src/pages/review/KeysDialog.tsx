import { useState } from "preact/hooks";
import { COMMANDS, keyName, keysNow, resetKeys, setKey, shownKey, singleKeysOn, works, type Command } from "../../keys";
import { t, type TextKey } from "../../strings";
import { Button, Dialog } from "../../ui";

/** The list of keys, in which each can be changed and single keys can be switched off. */
export function KeysDialog({ open, onClose }: { open: boolean; onClose: () => void }) {
  const [waiting, setWaiting] = useState<string | null>(null);
  const [said, setSaid] = useState("");
  const close = () => { setWaiting(null); setSaid(""); onClose(); };

  function change(event: KeyboardEvent, command: Command, at: number) {
    const key = keyName(event);
    if (key === "Tab" || key === "Shift+Tab" || !key) return;
    event.preventDefault();
    event.stopPropagation();
    setWaiting(null);
    if (key === "Escape") return;
    const before = setKey(command, at, key);
    setSaid(before ? t("keys.taken", { key: shownKey(key), from: commandWords(before) }) : t("keys.set", { key: shownKey(key), to: commandWords(command) }));
  }

  return (
    <Dialog title={t("keys.title")} open={open} onClose={close} wide
      actions={<><Button onClick={() => { resetKeys(); setSaid(t("keys.wereReset")); }}>{t("keys.reset")}</Button><Button look="main" onClick={close}>{t("common.close")}</Button></>}>
      <label class="check">
        <input type="checkbox" checked={singleKeysOn.value} onChange={(event) => { singleKeysOn.value = event.currentTarget.checked; }} />
        {t("keys.single")}
      </label>
      <p class="muted">{t("keys.how")}</p>
      <p role="status" class="keys-said">{said}</p>
      <table class="keys">
        <thead><tr><th scope="col">{t("keys.what")}</th><th scope="col">{t("keys.key")}</th></tr></thead>
        <tbody>
          {COMMANDS.map((command) => (
            <tr key={command}>
              <th scope="row">{commandWords(command)}</th>
              <td>
                {[...keysNow.value[command], null].slice(0, 2).map((key, at) => (
                  <KeyButton key={at} command={command} shown={key ?? null} waiting={waiting === `${command}/${at}`}
                    onWait={() => setWaiting(`${command}/${at}`)} onGiveUp={() => setWaiting(null)} onKey={(event) => change(event, command, at)} />
                ))}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Dialog>
  );
}

interface KeyButtonProps {
  command: Command; shown: string | null; waiting: boolean;
  onWait: () => void; onGiveUp: () => void; onKey: (event: KeyboardEvent) => void;
}

function KeyButton({ command, shown, waiting, onWait, onGiveUp, onKey }: KeyButtonProps) {
  const off = shown !== null && !works(shown);
  const words = waiting ? t("keys.press") : shown === null ? t("keys.add") : shownKey(shown);
  return (
    <button type="button" class={`button key-button ${off ? "key-off" : ""} ${shown === null ? "key-add" : ""}`} aria-label={`${commandWords(command)}: ${words}`} aria-pressed={waiting}
      onClick={onWait} onBlur={onGiveUp} onKeyDown={waiting ? onKey : undefined}>{words}</button>
  );
}

function commandWords(command: Command): string {
  return t(`key.${command}` satisfies TextKey);
}
