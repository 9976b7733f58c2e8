// What the console does when things around it go away and come back.
import { execFileSync } from "node:child_process";
import { axeBothThemes, must, signIn, userOf, WAIT_MS } from "./lib.mjs";

const BACK_MS = 60_000;

function processOf(env, name) {
  const found = env.processes?.find((each) => each.name === name);
  must(found, `the environment file names no process ${name}`);
  return found;
}

/** The pid of now: a restart writes a new one beside its script. */
function pidOf(found) {
  const script = found.restart.replace(/^sh /, "");
  return Number(execFileSync("cat", [script.replace(/\.sh$/, ".pid")], { encoding: "utf8" }));
}

/** The API dies and comes back under an open page: stale is said, and nothing has to be reloaded. */
export async function anOpenPageOutlivesTheApi({ page, expect, picture }, { env }) {
  expect(/Failed to load resource|ERR_|status of 50\d/);
  await signIn(page, userOf(env, "admin"));
  await page.goto("/jobs");
  await page.getByRole("table", { name: "Jobs" }).waitFor();
  await page.getByText("Live", { exact: true }).waitFor();
  const api = processOf(env, "command-api");
  process.kill(pidOf(api), "SIGKILL");
  try {
    await page.getByText(/^Stale since/).waitFor({ timeout: BACK_MS });
    must(await page.getByRole("table", { name: "Jobs" }).isVisible(), "the rows stay");
    await axeBothThemes(page, "a page whose API is gone");
    await picture("api-gone");
  } finally {
    execFileSync("sh", [api.restart.replace(/^sh /, "")]);
  }
  await page.getByText("Live", { exact: true }).waitFor({ timeout: BACK_MS });
  await page.getByRole("link", { name: /^Tenants/ }).click();
  await page.getByRole("table", { name: "Tenants" }).waitFor({ timeout: BACK_MS });
}

/** A session that ends while a dialog is filled in: one signs in over it, and nothing is lost. */
export async function aSessionThatEndsKeepsTheForm({ page, picture }, { env }) {
  const user = userOf(env, "admin");
  await signIn(page, user);
  await page.goto("/tenants");
  await page
    .getByRole("button", { name: /^Actions for / })
    .first()
    .click();
  await page.getByRole("menuitem", { name: /^Migrate…/ }).click();
  const dialog = page.getByRole("dialog", { name: /^Migrate / });
  await dialog.getByRole("table", { name: "Steps of the plan" }).waitFor();
  await dialog.getByLabel("Reason, kept in the audit log").fill("e2e: kept");
  await page.context().clearCookies();
  await dialog.getByRole("button", { name: "Plan again" }).click();
  const again = page.getByRole("dialog", { name: "Your session has ended" });
  await again.getByLabel("User name").fill(user.username);
  await axeBothThemes(page, "signing in over a page");
  await picture("sign-in-again");
  await again.getByLabel("Password").fill(user.password);
  await page.keyboard.press("Enter");
  await again.waitFor({ state: "detached" });
  await dialog.getByRole("table", { name: "Steps of the plan" }).waitFor();
  const kept = await dialog.getByLabel("Reason, kept in the audit log").inputValue();
  must(kept === "e2e: kept", `the reason is kept, not "${kept}"`);
  await page.getByText("Live", { exact: true }).waitFor();
}

/** The API hangs (not dead, only silent): the page says so by its watchdog and heals by itself. */
export async function anOpenPageOutlivesASilentApi({ page, expect, picture }, { env }) {
  expect(/Failed to load resource|ERR_|status of 50\d/);
  await signIn(page, userOf(env, "admin"));
  await page.goto("/jobs");
  await page.getByText("Live", { exact: true }).waitFor();
  const pid = pidOf(processOf(env, "command-api"));
  process.kill(pid, "SIGSTOP");
  try {
    await page.getByText(/^Stale since/).waitFor({ timeout: BACK_MS });
    await picture("api-silent");
  } finally {
    process.kill(pid, "SIGCONT");
  }
  await page.getByText("Live", { exact: true }).waitFor({ timeout: BACK_MS });
}

export async function signingOutEndsTheSession({ page }, { env }) {
  const user = userOf(env, "admin");
  await signIn(page, user);
  await page.getByRole("button", { name: user.username }).click();
  await page.getByRole("menuitem", { name: "Sign out" }).click();
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
  await page.goto("/jobs");
  await page.getByRole("heading", { name: "Sign in" }).waitFor({ timeout: WAIT_MS });
}
