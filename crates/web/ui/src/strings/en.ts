import { enPages } from "./en.pages";
import { enReview } from "./en.review";

/** Every text of the screen in English; `{name}` is replaced by a value. */
export const en = {
  ...enPages,
  ...enReview,
  "nav.main": "Pages",
  "nav.skip": "Skip to content",
  "nav.review": "Review",
  "nav.inbox": "Inbox",
  "nav.individuals": "Individuals",
  "nav.journal": "Journal",
  "nav.catalog": "Catalog",
  "app.reviewer": "Reviewer",
  "app.reviewer.hint": "Your name stands in the journal beside every step",
  "app.theme": "Colors",
  "app.theme.auto": "As the system",
  "app.theme.light": "Light",
  "app.theme.dark": "Dark",
  "app.language": "Language",
  "sign.why": "This catalog is open only to those who have its token. “resight serve” prints it, after “#token=”.",
  "sign.token": "Token",
  "sign.in": "Open the catalog",
  "sign.wrong": "This token does not open the catalog.",
  "common.close": "Close",
  "common.cancel": "Cancel",
  "common.undo": "Undo",
  "common.redo": "Redo",
  "common.loading": "Loading…",
  "common.retry": "Try again",
  "common.noDate": "no date",
  "common.noSpecies": "animal",
  "common.notOpened": "The picture could not be shown",
  "problem.title": "That did not work",
  "problem.offline": "The server did not answer. Is “resight serve” still running?",
};

/** The name of a text. */
export type TextKey = keyof typeof en;
