import { reviewer } from "./reviewer";
import { href, route } from "./router";
import { signedIn } from "./signIn";
import { language, LANGUAGES, setLanguage, t, type Language } from "./strings";
import type { TextKey } from "./strings/en";
import { theme, type Theme } from "./theme";

const PAGES: [page: string, text: TextKey][] = [
  ["review", "nav.review"],
  ["inbox", "nav.inbox"],
  ["individuals", "nav.individuals"],
  ["journal", "nav.journal"],
  ["catalog", "nav.catalog"],
];

/** The bar at the top: pages, and what the reader has set. */
export function Header() {
  return (
    <header class="top">
      <a class="top-name" href={href("review")}>resight</a>
      <nav class="top-pages" aria-label={t("nav.main")}>
        {PAGES.map(([page, text]) => (
          <a key={page} href={href(page)} aria-current={route.value.page === page ? "page" : undefined}>{t(text)}</a>
        ))}
      </nav>
      <Settings />
    </header>
  );
}

function Settings() {
  const known = signedIn.value.state === "somebody" ? signedIn.value.me.name : "";
  return (
    <div class="top-settings">
      <label class="top-field" title={t("app.reviewer.hint")}>
        <span>{t("app.reviewer")}</span>
        <input type="text" autocomplete="name" value={reviewer.value} placeholder={known}
          onChange={(event) => { reviewer.value = event.currentTarget.value.trim(); }} />
      </label>
      <label class="top-field">
        <span class="visually-hidden">{t("app.theme")}</span>
        <select value={theme.value} onChange={(event) => { theme.value = event.currentTarget.value as Theme; }}>
          <option value="auto">{t("app.theme.auto")}</option>
          <option value="light">{t("app.theme.light")}</option>
          <option value="dark">{t("app.theme.dark")}</option>
        </select>
      </label>
      <label class="top-field">
        <span class="visually-hidden">{t("app.language")}</span>
        <select value={language.value} onChange={(event) => setLanguage(event.currentTarget.value as Language)}>
          {Object.entries(LANGUAGES).map(([code, name]) => <option key={code} value={code} lang={code}>{name}</option>)}
        </select>
      </label>
    </div>
  );
}
