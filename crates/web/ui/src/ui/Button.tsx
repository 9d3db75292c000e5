import type { ButtonHTMLAttributes, ComponentChildren } from "preact";

interface ButtonProps extends Omit<ButtonHTMLAttributes<HTMLButtonElement>, "icon"> {
  /** How it stands out: the main action, a plain one, or one without a frame. */
  look?: "main" | "plain" | "quiet" | "danger";
  /** A short sign before the words; never alone. */
  icon?: ComponentChildren;
  /** The key that does the same. */
  keyHint?: string | null;
  children?: ComponentChildren;
}

/** A button with words, and beside them an icon and the key that does the same. */
export function Button({ look = "plain", icon, keyHint, children, class: extra, type, ...rest }: ButtonProps) {
  const label = keyHint ? { "aria-keyshortcuts": spelled(keyHint) } : {};
  return (
    <button type={type ?? "button"} class={`button button-${look} ${extra ?? ""}`} {...label} {...rest}>
      {icon != null && <span class="button-icon" aria-hidden="true">{icon}</span>}
      {children != null && <span class="button-words">{children}</span>}
      {keyHint && <kbd aria-hidden="true">{keyHint}</kbd>}
    </button>
  );
}

const SPELLED: Record<string, string> = { "⏎": "Enter", "⌫": "Backspace", "←": "ArrowLeft", "→": "ArrowRight", "↑": "ArrowUp", "↓": "ArrowDown", Ctrl: "Control" };

/** The key as `aria-keyshortcuts` spells it. */
function spelled(keyHint: string): string {
  return keyHint.split(/\+(?=.)/).map((part) => SPELLED[part] ?? part).join("+");
}
