import { defineConfig } from "@playwright/test";

/** The address that `resight serve` prints, with its token: `http://127.0.0.1:8157/#token=...`. */
const address = process.env.RESIGHT_URL ?? "http://127.0.0.1:8157/";

// Debian's browser, so that nothing is downloaded; it must not call home from a closed network either.
const quiet = [
  "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
  "--disable-background-networking", "--disable-component-update", "--disable-sync",
];

export default defineConfig({
  testDir: "e2e",
  outputDir: "test-results",
  workers: 1,
  timeout: 60_000,
  expect: { timeout: 15_000 },
  reporter: "list",
  // A machine that builds beside it may be slow once.
  retries: process.env.CI ? 1 : 0,
  use: {
    baseURL: address,
    viewport: { width: 1280, height: 800 },
    locale: "en-US",
    trace: "retain-on-failure",
    launchOptions: { executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: quiet },
  },
});
