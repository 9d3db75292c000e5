// From a verdict to the next case on screen, in a browser on the same machine, beside a page that only loads the same two pictures.
//
//     resight serve CATALOG --no-open --json     (its "screen" is RESIGHT_URL)
//     RESIGHT_URL=... node bench/screen/next.mjs [VERDICTS]
//
// The screen is timed from the key (`n`, new individual: the catalog grows by one each time) to the frame in which another case is
// shown and both of its pictures are there at full resolution; the plain page from setting two `src` to both being decoded. Needs
// `npm ci` in crates/web/ui.

import { createRequire } from "node:module";

const require = createRequire(new URL("../../crates/web/ui/package.json", import.meta.url));
const { chromium } = require("@playwright/test");

const address = process.env.RESIGHT_URL;
const wanted = Number(process.argv[2] ?? 60);
const share = (values, part) => [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(part * values.length))];
const say = (name, values) =>
  console.log(`${name}: median ${share(values, 0.5).toFixed(0)} ms, p99 ${share(values, 0.99).toFixed(0)} ms, of ${values.length}`);

const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox", "--disable-gpu"] });
const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
const opened = performance.now();
await page.goto(address);
await page.waitForSelector(".review-side");
console.log(`first case on screen: ${(performance.now() - opened).toFixed(0)} ms after the address was opened`);
await page.waitForTimeout(3000);

const screen = [];
const pairs = [];
for (let i = 0; i < wanted; i += 1) {
  const took = await page.evaluate(() => new Promise((resolve) => {
    const before = location.hash;
    const began = performance.now();
    document.dispatchEvent(new KeyboardEvent("keydown", { key: "n", bubbles: true }));
    const look = () => {
      const layers = [...document.querySelectorAll(".stage .layer")];
      const ready = location.hash !== before && layers.length > 1 && layers.every((one) => one.dataset.resolution === "full");
      if (ready) requestAnimationFrame(() => resolve(performance.now() - began));
      else if (performance.now() - began > 20000) resolve(-1);
      else requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
  }));
  if (took < 0) { console.log(`no next case after 20 s, at verdict ${i}`); await page.screenshot({ path: process.env.STUCK ?? "stuck.png" }); break; }
  screen.push(took);
  const shown = await page.evaluate(() => [...document.querySelectorAll(".stage img.layer-picture")].map((one) => one.src).slice(0, 2));
  pairs.push(shown.map((src) => src.replace(/\?.*/, "")));
  await page.waitForTimeout(1000);
}
say("verdict to next case", screen);

// The same pictures, none of them in the browser's cache.
const plain = await (await browser.newContext({ storageState: await page.context().storageState() })).newPage();
await plain.goto(address.split("#")[0]);
const loads = [];
for (const pair of pairs.filter((one) => one.length === 2)) {
  loads.push(await plain.evaluate(async (sources) => {
    const began = performance.now();
    await Promise.all(sources.map((src) => { const one = new Image(); one.src = src; return one.decode(); }));
    return performance.now() - began;
  }, pair));
}
if (loads.length) say("the same two pictures alone", loads);
await browser.close();
