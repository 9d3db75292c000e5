import { useEffect } from "preact/hooks";
import { Header } from "./Header";
import { Problem } from "./pages/catalog/shared/Problem";
import { CatalogPage } from "./pages/CatalogPage";
import { InboxPage } from "./pages/InboxPage";
import { IndividualPage } from "./pages/IndividualPage";
import { IndividualsPage } from "./pages/IndividualsPage";
import { JournalPage } from "./pages/JournalPage";
import { ReviewPage } from "./pages/review/ReviewPage";
import { route } from "./router";
import { SignInPage } from "./SignInPage";
import { signedIn } from "./signIn";
import { t } from "./strings";
import { Loading } from "./ui";
import { Toast } from "./ui/Toast";

/** The whole screen. */
export function App() {
  const who = signedIn.value;
  return (
    <>
      {who.state === "somebody" && <SignedInScreen />}
      {who.state === "nobody" && <SignInPage />}
      {who.state === "asking" && <Loading />}
      {who.state === "failed" && <main class="sign-in" id="content"><Problem error={who.problem} onRetry={who.again} /></main>}
      <Toast />
    </>
  );
}

function SignedInScreen() {
  const { page } = route.value;
  useEffect(() => {
    document.title = `${t(titleOf(page))} · resight`;
  });
  return (
    <>
      <a class="skip" href="#content" onClick={skip}>{t("nav.skip")}</a>
      <Header />
      <main id="content" class={`page page-${page}`} tabIndex={-1}><Page /></main>
    </>
  );
}

// The hash is the route, so the link moves the focus itself instead of changing the address.
function skip(event: Event) {
  event.preventDefault();
  document.getElementById("content")?.focus();
}

function Page() {
  const { page, id } = route.value;
  switch (page) {
    case "inbox": return <InboxPage />;
    case "individuals": return id ? <IndividualPage key={id} /> : <IndividualsPage />;
    case "journal": return <JournalPage />;
    case "catalog": return <CatalogPage />;
    default: return <ReviewPage />;
  }
}

function titleOf(page: string) {
  switch (page) {
    case "inbox": return "nav.inbox";
    case "individuals": return "nav.individuals";
    case "journal": return "nav.journal";
    case "catalog": return "nav.catalog";
    default: return "nav.review";
  }
}
