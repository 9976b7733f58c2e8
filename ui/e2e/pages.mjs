// Every page there is, in both themes: nothing to complain of, for axe, the console or the policy.
import { axeBothThemes, must, signIn, userOf } from "./lib.mjs";

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
  ["/roles?view=permissions", "Roles & Permissions"],
  ["/roles/operator", "operator"],
  ["/config", "Config"],
  ["/config?scope=tenant", "Config"],
  ["/config?tenant=acme", "Config"],
  ["/definitions", "Definitions"],
  ["/definitions?kind=runner", "Definitions"],
  ["/settings", "Settings"],
  ["/primitives", "Primitives"],
  ["/no/such/page", "Not found"],
];

export async function wrongPasswordIsRefused({ page, expect, picture }, { env }) {
  expect(/status of 401/);
  await page.goto("/jobs");
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
  must(new URL(page.url()).searchParams.get("back") === "/jobs", "the way back is kept");
  await axeBothThemes(page, "/sign-in");
  await page.getByLabel("User name").fill(userOf(env, "admin").username);
  await page.getByLabel("Password", { exact: true }).fill("not the password");
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByText("User name or password is wrong.").waitFor();
  await picture("sign-in-refused");
  await axeBothThemes(page, "/sign-in, refused");
}

export async function everyPageIsAccessible({ page, picture }, { env }) {
  await signIn(page, userOf(env, "admin"));
  for (const [path, title] of PAGES) {
    await page.goto(path);
    await page.getByRole("heading", { level: 1, name: title }).waitFor();
    await page.waitForTimeout(800);
    await axeBothThemes(page, path);
    await picture(`page${path.replaceAll(/[/?=]/g, "-")}`);
  }
}

export async function everyOverlayIsAccessible({ page, picture }, { env }) {
  await signIn(page, userOf(env, "admin"));
  await page.keyboard.press("Control+k");
  await page.getByRole("combobox", { name: "Find or paste any id" }).fill("ac");
  await page.getByRole("option").first().waitFor();
  await axeBothThemes(page, "the palette");
  await picture("palette-open");
  await page.keyboard.press("Escape");
  await page.keyboard.press("?");
  await page.getByRole("dialog", { name: "All keys" }).waitFor();
  await axeBothThemes(page, "all keys");
  await page.keyboard.press("Escape");
  await page.goto("/tenants");
  await page.getByRole("button", { name: "Columns" }).click();
  await page.getByRole("dialog", { name: "Columns" }).waitFor();
  await axeBothThemes(page, "the column chooser");
  await page.keyboard.press("Escape");
  await page
    .getByRole("button", { name: /^Actions for / })
    .first()
    .click();
  await page.getByRole("menuitem").first().waitFor();
  await axeBothThemes(page, "the menu of a row");
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: userOf(env, "admin").username }).click();
  await page.getByRole("menuitem", { name: "Recent request ids" }).click();
  await page.getByRole("dialog", { name: "Recent request ids" }).waitFor();
  await axeBothThemes(page, "recent request ids");
}

/** On call with a phone: what the Gateway keeps can be read and changed without scrolling sideways. */
export async function theNarrowPagesFit({ page, picture }, { env }) {
  await signIn(page, userOf(env, "admin"));
  await page.setViewportSize({ width: 390, height: 844 });
  for (const path of ["/users", "/users/usr_viewer", "/sessions", "/roles/viewer", "/settings"]) {
    await page.goto(path);
    await page.getByRole("heading", { level: 1 }).waitFor();
    await page.waitForTimeout(800);
    const wide = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth + 1);
    must(!wide, `the narrow ${path} scrolls sideways`);
    await axeBothThemes(page, `${path} on a phone`);
  }
  await page.goto("/config/gateway.limits");
  await page.getByRole("button", { name: "Edit…" }).click();
  const dialog = page.getByRole("dialog", { name: "Edit gateway.limits" });
  await dialog.getByLabel("Document, JSON").waitFor();
  await axeBothThemes(page, "the form of a document on a phone");
  await picture("narrow-document-edit");
}

export async function whatIsUnknownIsSaid({ page, expect, picture }, { env }) {
  expect(/status of 404/);
  await signIn(page, userOf(env, "admin"));
  for (const [path, text] of [
    ["/jobs/job_01J9ZK7Q4M8V2T6RX3WB5NCE0H", "No job has this id"],
    ["/tenants/nobody-here", "No tenant has this id"],
    ["/users/nobody-here", "No user has this subject"],
    ["/sessions/ses_nobody", "No session has this id"],
    ["/roles/nobody-here", "No role has this name"],
    ["/config/nobody.here", "No document has this name here"],
    ["/definitions/runner/nobody.here", "No document has this name here"],
    ["/definitions/gateway/x", "No page has this address"],
    ["/investigate?id=req_01J9ZK7PX9C3N5W7J2KD4FTY6A", "Nothing is known by this id"],
  ]) {
    await page.goto(path);
    await page.getByText(text).waitFor();
    await axeBothThemes(page, path.replace(/(job|req)_.*/, "$1_unknown"));
  }
  await picture("unknown");
}

/** A viewer sees everything; what a viewer may not do stays, off, with the reason. */
export async function aViewerSeesAndChangesNothing({ page, picture }, { env }) {
  await signIn(page, userOf(env, "viewer"));
  await page.goto("/tenants");
  await page
    .getByRole("button", { name: /^Actions for / })
    .first()
    .click();
  const item = page.getByRole("menuitem", { name: /^Migrate/ });
  await item.waitFor();
  must((await item.getAttribute("aria-disabled")) === "true", "a viewer cannot migrate");
  must((await item.innerText()).includes("You lack control.jobs.create"), "and is told why");
  await picture("viewer");
  await axeBothThemes(page, "/tenants for a viewer");
}

/** From the address bar to a filled-in plan without a mouse. */
export async function theKeyboardIsEnough({ page, picture }, { env }) {
  await signIn(page, userOf(env, "admin"));
  await page.keyboard.press("g");
  await page.keyboard.press("t");
  await page.getByRole("table", { name: "Tenants" }).waitFor();
  await page.keyboard.press("j");
  await page.keyboard.press("j");
  const active = await page.evaluate(() => document.activeElement?.getAttribute("aria-label"));
  must(active === "Tenants, rows", `the rows have the keys, not ${active}`);
  await page.keyboard.press(".");
  await page.getByRole("menuitem", { name: /^Migrate/ }).waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("menuitem", { name: /^Migrate/ }).waitFor({ state: "detached" });
  await page.keyboard.press("m");
  const dialog = page.getByRole("dialog", { name: /^Migrate / });
  await dialog.getByRole("table", { name: "Steps of the plan" }).waitFor();
  await page.keyboard.type("by keyboard");
  const reason = dialog.getByLabel("Reason, kept in the audit log");
  must((await reason.inputValue()) === "by keyboard", "the dialog begins in its reason");
  await picture("keyboard");
  await page.keyboard.press("Escape");
  await dialog.waitFor({ state: "detached" });
  await page.keyboard.press("f");
  await page.keyboard.press("Enter");
  await page.getByRole("combobox", { name: "Filter by" }).waitFor();
  await page.goto("/jobs");
  await page.getByRole("heading", { level: 1, name: "Jobs" }).waitFor();
  await page.keyboard.press("Tab");
  const skip = await page.evaluate(() => document.activeElement?.textContent);
  must(skip === "Skip to the page", `the first stop is the way past the navigation, not ${skip}`);
}

/** Filters and order stand in the address, survive a reload, and are the server's work. */
export async function aListIsItsAddress({ page }, { env }) {
  await signIn(page, userOf(env, "admin"));
  await page.goto("/tenants?shard=prj-01");
  const names = async () => {
    await page.getByRole("table", { name: "Tenants" }).waitFor();
    return page.locator("tbody tr td:first-child a").allInnerTexts();
  };
  const before = await names();
  must(before.length > 0, "prj-01 has tenants");
  await page.getByRole("button", { name: "Tenant", exact: true }).click();
  await page.waitForURL(/sort=-tenant_id/);
  await page.reload();
  await page.getByRole("columnheader", { name: "Tenant", exact: true }).waitFor();
  const after = await names();
  must(after[0] > after[1], `the last name stands first, not ${after.slice(0, 2).join(", ")}`);
  must(page.url().includes("shard=prj-01"), "the filter stays");
}
