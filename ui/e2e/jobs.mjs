// The life of a job in the console: planned, confirmed, watched, found again, taken back, cancelled.
import { axeBothThemes, must, signIn, userOf, withFault } from "./lib.mjs";

const JOB_MS = 180_000;

/** A tenant that no job holds: the first row whose menu offers to migrate it. */
async function freeTenant(page) {
  await page.goto("/tenants");
  await page.getByRole("table", { name: "Tenants" }).waitFor();
  const menus = page.getByRole("button", { name: /^Actions for / });
  for (let index = 0; index < Math.min(await menus.count(), 20); index++) {
    const name = (await menus.nth(index).getAttribute("aria-label")).replace("Actions for ", "");
    await menus.nth(index).click();
    const item = page.getByRole("menuitem", { name: /^Migrate…/ });
    await item.waitFor();
    if ((await item.getAttribute("aria-disabled")) !== "true") return { name, item };
    await page.keyboard.press("Escape");
  }
  throw new Error("every tenant on screen is held by a job");
}

const off = async (locator) => (await locator.getAttribute("aria-disabled")) === "true";

/** Fills in what the dialog asks for and sends it; leads to the page of the new job. */
async function confirm(page, dialog, name, reason, verbName) {
  const before = page.url();
  const verb = dialog.getByRole("button", { name: verbName });
  must(await off(verb), "the verb is off before anything is typed");
  await dialog.getByLabel("Reason, kept in the audit log").fill(reason);
  const field = dialog.getByLabel(`Type ${name} to confirm`);
  await field.fill(name.slice(0, -1));
  must(await off(verb), "the verb is off until the name is whole");
  await field.fill(name);
  await verb.click();
  await page.waitForURL((url) => url.href !== before && /\/jobs\/job_/.test(url.pathname));
  await page.getByRole("heading", { level: 1, name: `Migrate ${name}` }).waitFor();
  return new URL(page.url()).pathname.split("/").at(-1);
}

async function endsAs(page, wanted) {
  const words = /Succeeded|Rolled back|Stuck|Rejected|Cancelled/;
  const ended = page.locator("h1 + *", { hasText: words });
  await ended.waitFor({ timeout: JOB_MS });
  const word = await ended.innerText();
  must(word.includes(wanted), `the job ended as ${word}, not as ${wanted}`);
}

export async function aMigrationIsPlannedConfirmedAndFinishes({ page, picture }, state) {
  await signIn(page, userOf(state.env, "admin"));
  const { name, item } = await freeTenant(page);
  await item.click();
  const dialog = page.getByRole("dialog", { name: `Migrate ${name}` });
  await dialog.getByRole("table", { name: "Steps of the plan" }).waitFor();
  await axeBothThemes(page, "the migrate dialog");
  await picture("migrate-dialog");
  state.job = await confirm(page, dialog, name, "e2e: prove the main flow", /^Migrate/);
  state.tenant = name;
  await page.getByRole("table", { name: "Steps" }).waitFor();
  await picture("job-running");
  await endsAs(page, "Succeeded");
  await picture("job-ended");
  await axeBothThemes(page, "a job that succeeded");
  for (const tab of ["Audit", "Plan and diff", "Reverse plan"]) {
    await page.getByRole("tab", { name: tab }).click();
    await page.waitForTimeout(300);
    await axeBothThemes(page, `the tab ${tab} of a job`);
  }
}

export async function itsRecordIsInTheAuditLog({ page, picture }, state) {
  must(state.job, "no job was started before");
  await signIn(page, userOf(state.env, "admin"));
  await page.goto(`/audit?job_id=${state.job}`);
  const table = page.getByRole("table", { name: "Audit log" });
  await table.getByText("e2e: prove the main flow").first().waitFor();
  await table.getByText("placement.flip").click();
  await page.getByRole("region", { name: "Record" }).waitFor();
  await axeBothThemes(page, "the audit log with a record");
  await picture("audit-of-the-job");
}

export async function anyOfItsIdsLeadsBack({ page, picture }, state) {
  must(state.job, "no job was started before");
  await signIn(page, userOf(state.env, "admin"));
  await page.goto(`/jobs/${state.job}`);
  await page.getByRole("button", { name: "Copy correlation id" }).first().click();
  const correlation = await page.evaluate(() => navigator.clipboard.readText());
  for (const id of [correlation, state.job]) {
    await page.goto("/settings");
    await page.getByRole("heading", { level: 1, name: "Settings" }).waitFor();
    await page.keyboard.press("Control+k");
    await page.getByRole("combobox", { name: "Find or paste any id" }).fill(id);
    const name = new RegExp(`^Migrate ${state.tenant}`);
    await page.getByRole("option", { name, selected: true }).waitFor();
    await picture("palette");
    await page.keyboard.press("Enter");
    await page.waitForURL(new RegExp(state.job));
  }
  await page.goto(`/investigate?id=${correlation}`);
  await page
    .getByRole("link", { name: `Migrate ${state.tenant}` })
    .first()
    .waitFor();
  await axeBothThemes(page, "/investigate with an id");
  await picture("investigate");
}

export async function theMirroredMigrationTakesItBack({ page, picture }, state) {
  must(state.job, "no job was started before");
  await signIn(page, userOf(state.env, "admin"));
  await page.goto(`/jobs/${state.job}`);
  await page.getByRole("button", { name: "Reverse…" }).click();
  const dialog = page.getByRole("dialog", { name: `Reverse migration of ${state.tenant}` });
  await dialog.getByRole("table", { name: "Steps of the plan" }).waitFor();
  await axeBothThemes(page, "the reverse dialog");
  const back = await confirm(page, dialog, state.tenant, "e2e: take it back", /^Reverse/);
  must(back !== state.job, "the reverse is a job of its own");
  await endsAs(page, "Succeeded");
  await page.goto(`/tenants/${state.tenant}`);
  await page.getByRole("heading", { level: 1, name: state.tenant }).waitFor();
  await page.getByRole("table", { name: "Placement history" }).waitFor();
  await axeBothThemes(page, "the page of a tenant");
  await picture("tenant");
}

/** Its drain never ends: it says what it waits for, and a cancel undoes what was started. */
export async function aJobThatWaitsCanBeCancelled({ page, picture }, state) {
  must(state.tenant, "no tenant was moved before");
  const name = state.tenant;
  await signIn(page, userOf(state.env, "admin"));
  await page.goto(`/tenants/${name}`);
  await page.getByRole("button", { name: "Migrate…" }).click();
  const dialog = page.getByRole("dialog", { name: `Migrate ${name}` });
  await dialog.getByRole("table", { name: "Steps of the plan" }).waitFor();
  const source = (
    await dialog
      .getByText(/^(agg|prj|run)-\d+$/)
      .first()
      .innerText()
  ).trim();
  await withFault(state.env, `${source}a`, "hang_drain", async () => {
    await confirm(page, dialog, name, "e2e: a drain that hangs", /^Migrate/);
    const steps = page.getByRole("table", { name: "Steps" });
    await steps.getByText("Waiting").waitFor();
    await steps.getByText(/Next try/).waitFor();
    await axeBothThemes(page, "a job that waits");
    await picture("job-waiting");
    await page.getByRole("button", { name: "Cancel…" }).click();
    const ask = page.getByRole("dialog", { name: `Cancel Migrate ${name}` });
    await ask.getByLabel("Reason, kept in the audit log").fill("e2e: it hangs");
    await axeBothThemes(page, "the cancel dialog");
    await ask.getByRole("button", { name: "Cancel the job" }).click();
  });
  await endsAs(page, "Cancelled");
  await picture("job-cancelled");
  await axeBothThemes(page, "a job that was cancelled");
}

export async function theNarrowJobPageFits({ page, picture }, state) {
  must(state.job, "no job was started before");
  await signIn(page, userOf(state.env, "admin"));
  await page.setViewportSize({ width: 390, height: 844 });
  for (const [path, title] of [
    [`/jobs/${state.job}`, `Migrate ${state.tenant}`],
    ["/", "Overview"],
  ]) {
    await page.goto(path);
    await page.getByRole("heading", { level: 1, name: title }).waitFor();
    await page.waitForTimeout(500);
    const wide = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth + 1);
    must(!wide, `the narrow ${title} scrolls sideways`);
    await axeBothThemes(page, `${title === "Overview" ? "the overview" : "a job"} on a phone`);
    await picture(title === "Overview" ? "narrow-overview" : "narrow-job");
  }
}
