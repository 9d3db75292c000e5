// A review session by keyboard alone, against a server with a few open cases. Run it on a copy of a catalog: it gives
// verdicts, and takes them back.
import AxeBuilder from "@axe-core/playwright";
import { expect, test, type Page } from "@playwright/test";

async function openReview(page: Page): Promise<void> {
  // With its fragment, which a relative address would lose: the token is in it.
  await page.goto(process.env.RESIGHT_URL ?? "/");
  await expect(page.getByRole("heading", { name: "Candidates" })).toBeVisible();
  await settled(page);
}

/** The pictures of both sides are there at full resolution. */
async function settled(page: Page): Promise<void> {
  await expect(page.locator('.pane-left [data-resolution="full"]').first()).toBeVisible();
}

const caseNow = (page: Page) => page.evaluate(() => location.hash);
const chosenCard = (page: Page) => page.locator('.ranks button[aria-pressed="true"] strong');
const status = (page: Page) => page.locator('.toasts [role="status"]');

async function axeProblems(page: Page): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page }).withTags(["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]).analyze();
  return violations.flatMap((found) => found.nodes.map((node) => `${found.id}: ${node.target.join(" ")}`));
}

test("the token leaves the address, and the first case is shown", async ({ page }) => {
  await openReview(page);
  expect(page.url()).not.toContain("token");
  expect(await caseNow(page)).toMatch(/^#\/review\/ann-/);
});

test("a case is looked at and decided by keyboard, taken back, and decided again", async ({ page }) => {
  await openReview(page);
  const first = await caseNow(page);

  const best = await chosenCard(page).textContent();
  await page.keyboard.press("ArrowDown");
  await expect(chosenCard(page)).not.toHaveText(best ?? "");
  await page.keyboard.press("k");
  await expect(chosenCard(page)).toHaveText(best ?? "");

  await page.keyboard.press("m");
  await expect(page.getByRole("button", { name: "Mirror" })).toHaveAttribute("aria-pressed", "true");
  await page.keyboard.press("m");

  await page.keyboard.press("3");
  await expect(page.getByRole("button", { name: "Pretty sure" })).toHaveAttribute("aria-pressed", "true");

  await page.keyboard.press("b");
  await expect.poll(() => caseNow(page)).not.toBe(first);
  await expect(status(page)).toHaveText(/^Saved: bad photo/);

  await page.keyboard.press("Control+z");
  await expect(status(page)).toHaveText(/^Undone: bad photo/);
  await expect.poll(() => caseNow(page)).toBe(first);
  await expect(page.getByRole("button", { name: /^Redo: bad photo/ })).toBeVisible();

  await page.keyboard.press("Control+Shift+z");
  await expect(status(page)).toHaveText(/^Saved: bad photo/);
  await expect.poll(() => caseNow(page)).not.toBe(first);

  await page.keyboard.press("Control+z");
  await expect.poll(() => caseNow(page)).toBe(first);
});

test("a verdict on a candidate leaves the case open and can be followed by another", async ({ page }) => {
  await openReview(page);
  const about = await caseNow(page);
  await page.keyboard.press("d");
  await page.keyboard.press("u");
  await expect(page.getByRole("button", { name: /^Undo: cannot tell/ })).toBeVisible();
  await expect(page.getByRole("button", { name: /^Undo: different individual/ })).toBeVisible();
  expect(await caseNow(page)).toBe(about);
  await page.keyboard.press("Control+z");
  await expect(page.getByRole("button", { name: /^Redo: cannot tell/ })).toBeVisible();
  await page.keyboard.press("Control+z");
  await expect(page.getByRole("button", { name: /^Redo: different individual/ })).toBeVisible();
});

test("cases are skipped and gone back to", async ({ page }) => {
  await openReview(page);
  const first = await caseNow(page);
  await page.keyboard.press(".");
  await expect.poll(() => caseNow(page)).not.toBe(first);
  await page.keyboard.press("p");
  await expect.poll(() => caseNow(page)).toBe(first);
});

test("holding Space shows the candidate in the place of the query", async ({ page }) => {
  await openReview(page);
  await page.keyboard.down("Space");
  await expect(page.locator(".over")).toBeVisible();
  await page.keyboard.up("Space");
  await expect(page.locator(".over")).toBeHidden();
});

test("both pictures zoom in step, and fit again", async ({ page }) => {
  await openReview(page);
  const scales = () => page.locator(".stage-pictures > .layer .layer-picture").evaluateAll((images) =>
    images.map((image) => new DOMMatrix(getComputedStyle(image).transform).a));
  const before = await scales();
  await page.keyboard.press("+");
  await expect.poll(async () => (await scales()).map((scale, at) => (scale / before[at]!).toFixed(2))).toEqual(before.map(() => "1.25"));
  await page.keyboard.press("0");
  await expect.poll(async () => (await scales()).map((scale) => scale.toFixed(4))).toEqual(before.map((scale) => scale.toFixed(4)));
});

test("two points on each picture align them", async ({ page }) => {
  await openReview(page);
  await page.keyboard.press("a");
  const stages = [page.getByRole("group", { name: "Picture of the query" }), page.getByRole("group", { name: "Picture of the candidate" })];
  for (const [at, stage] of stages.entries()) {
    await stage.click({ position: { x: 120, y: 80 + 20 * at } });
    await stage.click({ position: { x: 300, y: 160 } });
  }
  await expect(status(page)).toHaveText(/^Aligned/);
  await expect(page.getByRole("button", { name: "Align" })).toHaveAttribute("aria-pressed", "true");
  const slant = await page.locator(".pane-right .layer-picture").first().evaluate((image) => new DOMMatrix(getComputedStyle(image).transform).b);
  expect(Math.abs(slant)).toBeGreaterThan(0.01);
  await page.keyboard.press("a");
  await expect(page.getByRole("button", { name: "Align" })).toHaveAttribute("aria-pressed", "false");
});

test("keys keep quiet in text fields and can be switched off", async ({ page }) => {
  await openReview(page);
  const first = await caseNow(page);
  await page.getByRole("textbox", { name: "Note" }).fill("b");
  await page.getByRole("textbox", { name: "Note" }).press("b");
  expect(await caseNow(page)).toBe(first);
  await page.getByRole("textbox", { name: "Note" }).blur();

  await page.keyboard.press("?");
  const dialog = page.getByRole("dialog", { name: "Keys" });
  await expect(dialog).toBeVisible();
  expect(await axeProblems(page)).toEqual([]);
  await dialog.getByRole("checkbox").press("Space");
  await page.keyboard.press("Escape");
  await expect(dialog).toBeHidden();
  await page.keyboard.press(".");
  await page.waitForTimeout(300);
  expect(await caseNow(page)).toBe(first);
});

for (const colorScheme of ["light", "dark"] as const) {
  test(`axe finds nothing on the review page, ${colorScheme}`, async ({ page }) => {
    await page.emulateMedia({ colorScheme });
    await openReview(page);
    expect(await axeProblems(page)).toEqual([]);
    await page.keyboard.press("o");
    await page.getByRole("button", { name: "Light" }).click();
    expect(await axeProblems(page)).toEqual([]);
  });
}

for (const [width, height] of [[320, 640], [640, 400], [1280, 720]] as const) {
  test(`nothing is cut off at ${width} by ${height}`, async ({ page }) => {
    await page.setViewportSize({ width, height });
    await openReview(page);
    const over = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    expect(over).toBeLessThanOrEqual(0);
    for (const name of [/^Same/, /^Different/, /^Cannot tell/, /^Not comparable/, /^New individual/, /^Bad photo/]) {
      const button = page.locator(".verdicts").getByRole("button", { name });
      await button.scrollIntoViewIfNeeded();
      await expect(button).toBeInViewport({ ratio: 1 });
    }
  });
}
