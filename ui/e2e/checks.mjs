// What must hold, in the order an operator would meet it. Each check has its own browser.
import { axeBothThemes, must, signIn, WAIT_MS } from "./lib.mjs";

const JOB_MS = 180_000;
const PAGES = [
  ["/", "Overview"],
  ["/jobs", "Jobs"],
  ["/tenants", "Tenants"],
  ["/placement", "Scale & Placement"],
  ["/deployments", "Deployments"],
  ["/observability", "Observability"],
  ["/investigate", "Investigate"],
  ["/streams", "Streams"],
  ["/audit", "Audit log"],
  ["/users", "Users"],
  ["/sessions", "Sessions"],
  ["/roles", "Roles & Permissions"],
  ["/config", "Config"],
  ["/definitions", "Definitions"],
  ["/settings", "Settings"],
];

function administrator(env) {
  const user = env.users.find(({ role }) => /admin/i.test(role)) ?? env.users[0];
  must(user, "the environment file names no user");
  return user;
}

async function wrongPasswordIsRefused({ page, expect }, { env }) {
  expect(/status of 401/);
  await page.goto("/jobs");
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
  must(new URL(page.url()).searchParams.get("back") === "/jobs", "the way back is kept");
  await page.getByLabel("User name").fill(administrator(env).username);
  await page.getByLabel("Password", { exact: true }).fill("not the password");
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByText("User name or password is wrong.").waitFor();
  const found = await axeBothThemes(page, "/sign-in");
  must(found.length === 0, found.join("\n"));
}

async function everyPageIsAccessible(browser, { env }) {
  const { page, picture } = browser;
  await signIn(page, administrator(env));
  const found = [];
  for (const [path, title] of PAGES) {
    await page.goto(path);
    await page.getByRole("heading", { level: 1, name: title }).waitFor();
    await page.waitForTimeout(800);
    found.push(...(await axeBothThemes(page, path)));
    await picture(`page${path.replaceAll("/", "-")}`);
  }
  must(found.length === 0, found.join("\n"));
}

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

async function aMigrationIsPlannedConfirmedAndFinishes(browser, state) {
  const { page, picture } = browser;
  await signIn(page, administrator(state.env));
  const { name, item } = await freeTenant(page);
  await item.click();
  const dialog = page.getByRole("dialog", { name: `Migrate ${name}` });
  await dialog.getByRole("table", { name: "Steps of the plan" }).waitFor();
  const found = await axeBothThemes(page, "the migrate dialog");
  await picture("migrate-dialog");
  must(found.length === 0, found.join("\n"));
  const verb = dialog.getByRole("button", { name: /^Migrate/ });
  must(
    (await verb.getAttribute("aria-disabled")) === "true",
    "the verb is off before anything is typed",
  );
  await dialog.getByLabel("Reason, kept in the audit log").fill("e2e: prove the main flow");
  await dialog.getByLabel(`Type ${name} to confirm`).fill(name.slice(0, -1));
  must(
    (await verb.getAttribute("aria-disabled")) === "true",
    "the verb is off until the name is whole",
  );
  await dialog.getByLabel(`Type ${name} to confirm`).fill(name);
  await verb.click();
  await page.waitForURL(/\/jobs\/job_/);
  state.job = new URL(page.url()).pathname.split("/").at(-1);
  state.tenant = name;
  await page.getByRole("heading", { level: 1, name: `Migrate ${name}` }).waitFor();
  await page.getByRole("table", { name: "Steps" }).waitFor();
  await picture("job-running");
  const ended = page.locator("h1 + *", {
    hasText: /Succeeded|Rolled back|Stuck|Rejected|Cancelled/,
  });
  await ended.waitFor({ timeout: JOB_MS });
  const word = await ended.innerText();
  await picture("job-ended");
  must(word.includes("Succeeded"), `the migration of ${name} ended as ${word}`);
  const violations = await axeBothThemes(page, "the job page");
  must(violations.length === 0, violations.join("\n"));
}

async function itsRecordIsInTheAuditLog({ page, picture }, state) {
  must(state.job, "no job was started before");
  await signIn(page, administrator(state.env));
  await page.goto(`/audit?job_id=${state.job}`);
  const table = page.getByRole("table", { name: "Audit log" });
  await table.waitFor();
  await table.getByText("e2e: prove the main flow").first().waitFor();
  await picture("audit-of-the-job");
}

async function anyOfItsIdsLeadsBack({ page, picture }, state) {
  must(state.job, "no job was started before");
  await signIn(page, administrator(state.env));
  await page.goto(`/jobs/${state.job}`);
  const chip = page.getByRole("button", { name: "Copy correlation id" }).first();
  await chip.click();
  const correlation = await page.evaluate(() => navigator.clipboard.readText());
  for (const id of [correlation, state.job]) {
    await page.goto("/settings");
    await page.getByRole("heading", { level: 1, name: "Settings" }).waitFor();
    await page.keyboard.press("Control+k");
    const field = page.getByRole("combobox", { name: "Find or paste any id" });
    await field.fill(id);
    const option = page
      .getByRole("option", { name: new RegExp(`Migrate ${state.tenant}`) })
      .first();
    await option.waitFor();
    await picture("palette");
    await option.click();
    await page.waitForURL(new RegExp(state.job));
  }
}

async function theNarrowJobPageFits({ page, picture }, state) {
  must(state.job, "no job was started before");
  await signIn(page, administrator(state.env));
  await page.setViewportSize({ width: 390, height: 844 });
  await page.goto(`/jobs/${state.job}`);
  await page.getByRole("heading", { level: 1, name: `Migrate ${state.tenant}` }).waitFor();
  await page.waitForTimeout(500);
  const wide = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth + 1);
  await picture("job-narrow");
  must(!wide, "the narrow page scrolls sideways");
}

async function signingOutEndsTheSession({ page }, { env }) {
  const user = administrator(env);
  await signIn(page, user);
  await page.getByRole("button", { name: user.username }).click();
  await page.getByRole("menuitem", { name: "Sign out" }).click();
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
  await page.goto("/jobs");
  await page.getByRole("heading", { name: "Sign in" }).waitFor({ timeout: WAIT_MS });
}

export const checks = [
  { name: "a wrong password is refused and the way back is kept", run: wrongPasswordIsRefused },
  {
    name: "every page is accessible in both themes and complains of nothing",
    run: everyPageIsAccessible,
  },
  {
    name: "a migration is planned, confirmed by typing, and finishes",
    run: aMigrationIsPlannedConfirmedAndFinishes,
  },
  { name: "its record is in the audit log", run: itsRecordIsInTheAuditLog },
  { name: "any of its ids leads back to it", run: anyOfItsIdsLeadsBack },
  { name: "the narrow job page fits a phone", run: theNarrowJobPageFits },
  { name: "signing out ends the session", run: signingOutEndsTheSession },
];
