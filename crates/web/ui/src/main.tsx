import { render } from "preact";
import { App } from "./app";
import { start } from "./signIn";
import "./styles/tokens.css";
import "./styles/base.css";
import "./styles/shell.css";
import "./styles/review.css";
import "./styles/pages.css";
import "./theme";

const root = document.getElementById("app");
if (root) render(<App />, root);
void start();
