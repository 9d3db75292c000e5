import { useState } from "preact/hooks";
import { ApiProblem } from "./api/client";
import { wordsFor } from "./notice";
import { signInWith } from "./signIn";
import { t } from "./strings";
import { Button } from "./ui";

/** Asks for the token where nobody is let in. */
export function SignInPage() {
  const [token, setToken] = useState("");
  const [problem, setProblem] = useState("");
  async function open(event: Event) {
    event.preventDefault();
    try {
      await signInWith(token.trim());
    } catch (error) {
      setProblem(error instanceof ApiProblem && error.status === 401 ? t("sign.wrong") : wordsFor(error));
    }
  }
  return (
    <main class="sign-in" id="content">
      <h1>resight</h1>
      <p>{t("sign.why")}</p>
      <form onSubmit={open}>
        <label class="field">
          <span>{t("sign.token")}</span>
          <input type="password" autocomplete="off" required value={token} aria-describedby="sign-problem"
            onInput={(event) => setToken(event.currentTarget.value)} />
        </label>
        <p id="sign-problem" role="alert" class="problem-words">{problem}</p>
        <Button look="main" type="submit">{t("sign.in")}</Button>
      </form>
    </main>
  );
}
