import AxeBuilder from "@axe-core/playwright";
import { expect, test, type Page } from "@playwright/test";

// The address as `resight serve` prints it, with `#token=`.
const address = process.env["RESIGHT_URL"] ?? "";
const base = address.split("#")[0] ?? "";

const PAGES = ["inbox", "individuals", "journal", "catalog"] as const;

test.skip(address === "", "RESIGHT_URL is not set");

async function enter(page: Page): Promise<void> {
  await page.goto(address);
  await expect(page.getByRole("navigation").first()).toBeVisible();
}

async function show(page: Page, hash: string): Promise<void> {
  await page.evaluate((to) => { location.hash = to; }, hash);
  await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
  await expect(page.locator(".loading")).toHaveCount(0);
}

async function showFirstIndividual(page: Page): Promise<string> {
  await show(page, "#/individuals");
  await page.locator(".card-link").first().click();
  await expect(page.getByRole("button", { name: "Rename" })).toBeVisible();
  return page.getByRole("heading", { level: 1 }).innerText();
}

async function expectNoSeriousViolations(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  const serious = violations.filter(({ impact }) => impact === "serious" || impact === "critical");
  expect(serious.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.target.join(" ")).join(", ")}`)).toEqual([]);
}

for (const colorScheme of ["light", "dark"] as const) {
  test.describe(`in the ${colorScheme} theme`, () => {
    test.use({ colorScheme });

    // Axe looks at every element, of which a page full of photos has many.
    test.slow();

    // Colours are the same on all pages: in the dark two of them tell.
    for (const name of colorScheme === "light" ? PAGES : (["individuals", "catalog"] as const)) {
      test(`the ${name} page can be used by everybody`, async ({ page }) => {
        await enter(page);
        await show(page, `#/${name}`);
        await expectNoSeriousViolations(page);
      });
    }

    test("an individual and its dialogs can be used by everybody", async ({ page }) => {
      test.skip(colorScheme === "dark", "seen in the light");
      await enter(page);
      await showFirstIndividual(page);
      await expectNoSeriousViolations(page);
      await page.getByRole("button", { name: "Merge with another" }).click();
      await expect(page.getByRole("radio").first()).toBeVisible();
      await expectNoSeriousViolations(page);
    });
  });
}

test("every page fits a narrow screen without scrolling sideways", async ({ page }) => {
  await page.setViewportSize({ width: 320, height: 640 });
  await enter(page);
  for (const name of PAGES) {
    await show(page, `#/${name}`);
    expect(await overflow(page), name).toBeLessThanOrEqual(0);
  }
  await showFirstIndividual(page);
  expect(await overflow(page), "individual").toBeLessThanOrEqual(0);
});

function overflow(page: Page): Promise<number> {
  return page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
}

test("an individual is renamed and called as before again", async ({ page }) => {
  await enter(page);
  const before = await showFirstIndividual(page);
  const after = `renamed-${Date.now()}`;
  await page.getByRole("button", { name: "Rename" }).click();
  await page.getByRole("textbox", { name: "Name", exact: true }).fill(after);
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { level: 1, name: after })).toBeVisible();
  await page.locator(".toast").getByRole("button", { name: "Undo" }).click();
  await expect(page.getByRole("heading", { level: 1, name: before, exact: true })).toBeVisible();

  await show(page, "#/journal");
  await expect(page.getByRole("row").nth(1)).toContainText("Undid");
});

test("a merge is shown before it is done, and can be left", async ({ page }) => {
  await enter(page);
  const name = await showFirstIndividual(page);
  await page.getByRole("button", { name: "Merge with another" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("radio").first().check();
  await expect(dialog.getByRole("region", { name: "What will change" })).toContainText(name);
  await dialog.getByRole("button", { name: "Cancel" }).click();
  await expect(dialog).toHaveCount(0);
  await page.reload();
  await expect(page.getByRole("heading", { level: 1, name, exact: true })).toBeVisible();
});

test("a box is moved by the keyboard and left as it was", async ({ page }) => {
  await enter(page);
  await show(page, "#/inbox");
  const edit = page.getByRole("button", { name: /^Edit / }).first();
  test.skip((await edit.count()) === 0, "nothing is unidentified");
  await edit.click();
  const dialog = page.getByRole("dialog");
  const whole = dialog.getByRole("checkbox", { name: "Whole photo" });
  await whole.check();
  await whole.uncheck();
  const box = dialog.getByRole("application");
  const left = dialog.getByRole("spinbutton", { name: "Left" });
  const width = dialog.getByRole("spinbutton", { name: "Width" });
  const [from, wide] = [Number(await left.inputValue()), Number(await width.inputValue())];
  await box.focus();
  await page.keyboard.press("Alt+ArrowRight");
  await expect(left).toHaveValue(String(from + 1));
  await page.keyboard.press("Shift+ArrowLeft");
  expect(Number(await width.inputValue())).toBeLessThan(wide);
  await page.keyboard.press("Escape");
  await expect(dialog).toHaveCount(0);
});

test("without a token nothing is shown", async ({ page }) => {
  await page.goto(`${base}#/journal`);
  await expect(page.getByRole("table")).toHaveCount(0);
  await expect(page.getByRole("textbox")).toBeVisible();
});
