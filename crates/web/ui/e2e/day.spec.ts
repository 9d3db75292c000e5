// A day's work: photos come, are taken in, decided by two people, merged and taken back, and the table is kept.
// Run it on a copy of a catalog with open cases: what it changes for good is some photos more.
import { expect, test, type Page } from "@playwright/test";

const address = process.env["RESIGHT_URL"] ?? "";

async function enter(page: Page, hash: string): Promise<void> {
  await page.goto(address);
  await expect(page.getByRole("navigation").first()).toBeVisible();
  await page.evaluate((to) => { location.hash = to; }, hash);
}

/** Asks the server as the page does: its cookie goes along. */
async function ask<T>(page: Page, path: string, body?: unknown): Promise<T> {
  const answer = body === undefined
    ? await page.request.get(path)
    : await page.request.post(path, { data: body, headers: { "Sec-Fetch-Site": "same-origin" } });
  expect(answer.ok(), `${path}: ${answer.status()}`).toBe(true);
  return (await answer.json()) as T;
}

interface Listing<T> { items: T[]; total: number }

test("ten photos are dropped, taken in, and wait in the queue", async ({ page }) => {
  await enter(page, "#/inbox");
  const { items } = await ask<Listing<{ photo: string }>>(page, "/api/v1/photos?unidentified=true&limit=10");
  test.skip(items.length === 0, "there is no photo to send again");
  // As the server gives them they are other files than those that the catalog has.
  const files = await Promise.all(items.map(async ({ photo }, place) => ({
    name: `trip/dropped-${place}.jpg`,
    mimeType: "image/jpeg",
    buffer: await (await page.request.get(`/media/photos/${photo}?size=${300 - place}`)).body(),
  })));
  const before = (await ask<Listing<unknown>>(page, "/api/v1/photos?unidentified=true&limit=1")).total;
  await page.getByLabel("Choose photos").first().setInputFiles([...files, { name: "notes.csv", mimeType: "text/csv", buffer: Buffer.from("path\n/etc/hostname\n") }]);
  await expect.poll(async () => (await ask<Listing<unknown>>(page, "/api/v1/photos?unidentified=true&limit=1")).total, { timeout: 60_000 })
    .toBe(before + items.length);
  await expect(page.getByText("dropped-0.jpg").first()).toBeVisible();
});

test("two people who decide the same case are told of each other", async ({ browser }) => {
  const [one, other] = await Promise.all([0, 1].map(async () => (await browser.newContext()).newPage()));
  if (!one || !other) throw new Error("no pages");
  // Nobody of this name has said the same of this case before.
  const ada = `Ada ${Date.now()}`;
  for (const [page, name] of [[one, ada], [other, "Bo"]] as const) {
    await enter(page, "#/review");
    await page.getByLabel("Reviewer").fill(name);
    await page.getByLabel("Reviewer").press("Enter");
    await expect(page.locator(".ranks button").first()).toBeVisible();
  }
  const hash = await one.evaluate(() => location.hash);
  await other.evaluate((to) => { location.hash = to; }, hash);
  await expect(other.locator('.pane-left [data-resolution="full"]').first()).toBeVisible();
  // An individual is looked at, and not "new": of that nobody says that they cannot tell.
  await one.locator(".ranks button").first().click();
  await one.keyboard.press("u");
  await expect(one.locator('.toasts [role="status"]')).toHaveText(/^Saved/);
  await other.locator(".ranks button").first().click();
  await other.keyboard.press("u");
  const told = other.getByRole("dialog");
  await expect(told).toContainText(ada);
  await told.getByRole("button", { name: "Next case" }).click();
  await expect(told).toHaveCount(0);
});

test("a second observer sees neither probabilities nor what was said before", async ({ page }) => {
  await enter(page, "#/review");
  await expect(page.locator(".ranks button").first()).toBeVisible();
  await page.getByLabel("Blind").check();
  await expect(page.locator(".ranks")).not.toContainText("%");
  await page.getByLabel("Blind").uncheck();
});

test("a merge is taken back, and the table is kept", async ({ page }) => {
  await enter(page, "#/individuals");
  const { items, total } = await ask<Listing<{ id: string }>>(page, "/api/v1/individuals?limit=2");
  const [into, from] = items;
  test.skip(!into || !from, "there are no two individuals");
  const step = await ask<{ step: string }>(page, `/api/v1/individuals/${from?.id}/merge`, { into: into?.id });
  expect((await ask<Listing<unknown>>(page, "/api/v1/individuals?limit=1")).total).toBe(total - 1);
  await page.evaluate(() => { location.hash = "#/journal"; });
  const row = page.getByRole("row").filter({ hasText: "merged" }).first();
  await row.getByRole("button", { name: /Undo/ }).click();
  await expect.poll(async () => (await ask<Listing<unknown>>(page, "/api/v1/individuals?limit=1")).total).toBe(total);
  expect(step.step).toMatch(/^step-/);
  await page.evaluate(() => { location.hash = "#/catalog"; });
  const download = page.waitForEvent("download");
  await page.getByRole("link", { name: /Download/ }).or(page.getByRole("button", { name: /Download/ })).first().click();
  expect((await download).suggestedFilename()).toBe("catalog.csv");
});
