import type { ComponentChildren } from "preact";
import { language, t } from "../strings";

/** A probability from 0 to 1 as per cent; never a rounded 0 % or 100 %, which would claim too much. */
export function percentWords(value: number | null): string {
  if (value == null) return "–";
  if (value > 0 && value < 0.01) return `< ${whole(0.01)}`;
  if (value < 1 && value > 0.99) return `> ${whole(0.99)}`;
  return whole(value);
}

function whole(value: number): string {
  return value.toLocaleString(language.value, { style: "percent", maximumFractionDigits: 0 });
}

/** A probability as per cent. */
export function Percent({ value }: { value: number | null }) {
  return <span class="percent">{percentWords(value)}</span>;
}

/** What is shown where there is nothing, with what to do next. */
export function Empty({ title, children }: { title: string; children?: ComponentChildren }) {
  return (
    <div class="empty">
      <h2>{title}</h2>
      {children}
    </div>
  );
}

/** What is shown while something loads. */
export function Loading({ text }: { text?: string }) {
  return <p class="loading" role="status">{text ?? t("common.loading")}</p>;
}

/** A short word about a thing, such as its side or quality. */
export function Tag({ children, tone }: { children: ComponentChildren; tone?: "accent" | "warn" }) {
  return <span class={tone ? `tag tag-${tone}` : "tag"}>{children}</span>;
}
