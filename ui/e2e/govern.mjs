// What the Gateway keeps, changed from the console: users, their rights and sessions, configuration.
import { axeBothThemes, must, secondBrowser, signIn, userOf } from "./lib.mjs";

const REASON = "Reason, kept in the audit log";
const PASSWORD = "e2e: correct horse battery";
const fresh = () => Date.now().toString(36);

const off = async (locator) => (await locator.getAttribute("aria-disabled")) === "true";

async function form(page, button, title) {
  await page.getByRole("button", { name: button }).first().click();
  const dialog = page.getByRole("dialog", { name: title });
  await dialog.waitFor();
  return dialog;
}

async function send(dialog, reason, verb) {
  await dialog.getByLabel(REASON).fill(reason);
  await dialog.getByRole("button", { name: verb, exact: true }).click();
  await dialog.waitFor({ state: "detached" });
}

/** Asks the API as the page would, without its forms. */
function ask(page, method, path, headers, body) {
  return page.evaluate(
    async ([verb, to, more, sent]) => {
      const answer = await fetch(to, {
        method: verb,
        headers: { "x-control-ui": "1", "content-type": "application/json", ...more },
        ...(sent ? { body: JSON.stringify(sent) } : {}),
      });
      return { status: answer.status, body: await answer.json().catch(() => null) };
    },
    [method, path, headers, body],
  );
}

export async function aUserIsMadeAndSignsIn({ page, picture }, state) {
  await signIn(page, userOf(state.env, "admin"));
  state.user = { username: `e2e-${fresh()}`, password: PASSWORD };
  await page.goto("/users");
  await page.getByRole("table", { name: "Users" }).waitFor();
  const dialog = await form(page, "New user…", "New user");
  await dialog.getByLabel("User name").fill(state.user.username);
  await dialog.getByLabel("Password").fill(state.user.password);
  await dialog.getByLabel("Display name").fill("Made by e2e");
  await dialog.getByRole("checkbox", { name: "viewer" }).click();
  await dialog.getByRole("region", { name: "Difference" }).getByText("may do").waitFor();
  await axeBothThemes(page, "the form of a new user");
  await picture("user-new");
  await send(dialog, "e2e: größer team", "Make the user");
  await page.getByRole("heading", { level: 1, name: "Made by e2e" }).waitFor();
  state.sub = new URL(page.url()).pathname.split("/").at(-1);
  await page.getByRole("list", { name: "Changes of this account" }).waitFor();
  await axeBothThemes(page, "the page of a user");
  await picture("user");
  const theirs = await secondBrowser(page);
  await signIn(theirs.page, state.user);
  await theirs.page.goto("/settings");
  await theirs.page.getByText("Made by e2e").waitFor();
  const rights = theirs.page.getByRole("table", { name: "Your rights" });
  await rights.getByRole("link", { name: "viewer" }).first().waitFor();
  await axeBothThemes(theirs.page, "/settings of a viewer");
  await theirs.close();
}

/** What is off says why; who asks nevertheless is denied, and that is on record. */
export async function rightsAreChangedAndDenialsSeen({ page, expect, picture }, state) {
  must(state.sub, "no user was made before");
  expect(/status of 403/);
  await signIn(page, userOf(state.env, "admin"));
  const theirs = await secondBrowser(page);
  await signIn(theirs.page, state.user);
  await theirs.page.goto("/users");
  const make = theirs.page.getByRole("button", { name: "New user…" });
  await theirs.page.getByRole("table", { name: "Users" }).waitFor();
  must(await off(make), "who may only read makes no user");
  must((await make.getAttribute("title")) === "You lack control.iam.write.", "and is told why");
  await axeBothThemes(theirs.page, "/users for a viewer");
  const denied = await ask(theirs.page, "DELETE", `/admin/v1/iam/users/${state.sub}`, {
    "x-reason": "e2e: not allowed",
    "if-match": '"1"',
  });
  must(denied.status === 403, `the API denies it too, not ${denied.status}`);

  await page.goto(`/users/${state.sub}`);
  const dialog = await form(page, "Edit…", `Edit ${state.user.username}`);
  await dialog.getByRole("checkbox", { name: "control.iam.write" }).click();
  await dialog.getByText("added: control.iam.write").first().waitFor({ state: "attached" });
  await send(dialog, "e2e: may change users now", "Save");
  await page.getByRole("table", { name: "Effective rights" }).getByText("their own").waitFor();
  // Rights are cached for reads, at most 30 s: the API tells of new ones by then.
  const until = Date.now() + 40_000;
  do {
    await theirs.page.reload();
    await theirs.page.getByRole("table", { name: "Users" }).waitFor();
  } while ((await off(make)) && Date.now() < until);
  must(!(await off(make)), "now they may");
  await theirs.close();

  await page.goto(`/audit?resource=users/${state.sub}`);
  const log = page.getByRole("table", { name: "Audit log" });
  await log.getByText("e2e: may change users now").waitFor();
  await log.getByText("Denied").waitFor();
  await log.getByText("iam.users.update").click();
  await page.getByRole("region", { name: "Record" }).waitFor();
  await axeBothThemes(page, "the audit log of a user");
  await picture("audit-of-a-user");
}

/** The session is revoked while they work: their next call signs them out, and the page stays. */
export async function aRevokedSessionIsSignedOut({ page, picture }, state) {
  must(state.sub, "no user was made before");
  await signIn(page, userOf(state.env, "admin"));
  const theirs = await secondBrowser(page);
  await signIn(theirs.page, state.user);
  await theirs.page.goto("/settings");
  await theirs.page.getByRole("table", { name: "Services" }).waitFor();
  await page.goto(`/sessions?sub=${state.sub}&state=active`);
  await page.getByRole("table", { name: "Sessions" }).waitFor();
  await axeBothThemes(page, "/sessions of a user");
  for (;;) {
    const revoke = page.getByRole("button", { name: /^Revoke session / });
    const left = await revoke.count();
    if (left === 0) break;
    await revoke.first().click();
    const dialog = page.getByRole("dialog", { name: /^Revoke a session of / });
    await dialog.waitFor();
    if (left === 1) await axeBothThemes(page, "revoking a session");
    await picture("session-revoke");
    await send(dialog, "e2e: seen from abroad", "Revoke the session");
    await page.waitForFunction(
      (before) => document.querySelectorAll('[aria-label^="Revoke session "]').length < before,
      left,
    );
  }
  await theirs.page.getByRole("link", { name: "Jobs", exact: false }).first().click();
  await theirs.page.getByRole("dialog", { name: "Your session has ended" }).waitFor();
  await theirs.close();
  await page.goto(`/sessions?sub=${state.sub}&state=revoked`);
  await page
    .getByText(/e2e: seen from abroad/)
    .first()
    .waitFor();
  await page.getByRole("link", { name: /^ses_/ }).first().click();
  await page.getByText(/revoked it\./).waitFor();
  await axeBothThemes(page, "the page of a revoked session");
  await picture("session");
}

/** Edited with difference and reason, refused in the Gateway's words, restored, and on record. */
export async function aDocumentIsEditedAndRestored({ page, expect, picture }, { env }) {
  expect(/status of 422/);
  await signIn(page, userOf(env, "admin"));
  await page.goto("/config/gateway.limits");
  const shown = page.getByRole("group", { name: /^gateway\.limits, version / });
  await shown.waitFor();
  await axeBothThemes(page, "the page of a document");
  await picture("document");
  const before = Number((await shown.getAttribute("aria-label")).split(" ").at(-1));
  let dialog = await form(page, "Edit…", "Edit gateway.limits");
  const field = dialog.getByLabel("Document, JSON");
  const text = await field.inputValue();
  await field.fill(text.replace(/"request_timeout_ms": \d+,?/, (line) => line.replace(",", "")));
  await dialog
    .getByText(/^Line \d+: a comma is needed/)
    .first()
    .waitFor();
  await axeBothThemes(page, "a document that is no JSON");
  await field.fill(text.replace(/"burst": \d+/, '"burst": 1'));
  await dialog.getByLabel(REASON).fill("e2e: too little");
  await dialog.getByRole("button", { name: "Save", exact: true }).click();
  await dialog.getByText("422 bad_argument").waitFor();
  must(/burst/.test(await dialog.getByRole("alert").innerText()), "the Gateway names the field");
  await axeBothThemes(page, "a document that the Gateway refuses");
  await picture("document-refused");
  await field.fill(text.replace(/"request_timeout_ms": \d+/, '"request_timeout_ms": 12345'));
  await dialog.getByText("12345").last().waitFor();
  await axeBothThemes(page, "the form of a document");
  await picture("document-edit");
  await send(dialog, "e2e: longer", "Save");
  await page.getByRole("group", { name: `gateway.limits, version ${before + 1}` }).waitFor();
  await page.goto(`/config/gateway.limits?version=${before}&against=${before + 1}`);
  await page.getByRole("group", { name: "Difference" }).getByText("12345").waitFor();
  await axeBothThemes(page, "two versions compared");
  await picture("document-compared");
  dialog = await form(page, /^Restore version/, /^Restore version/);
  await send(dialog, "e2e: back again", "Restore");
  await page.getByRole("group", { name: `gateway.limits, version ${before + 2}` }).waitFor();
  await page.goto("/audit?resource=documents/gateway.limits&actor=");
  const log = page.getByRole("table", { name: "Audit log" });
  await log.getByText("e2e: back again").first().waitFor();
  await log.getByText("e2e: too little").first().waitFor();
  await axeBothThemes(page, "the audit log of a document");
}

/** Two people at one document; a reload in between; nothing of it is lost. */
export async function nothingTypedIsLost({ page, expect, picture }, { env }) {
  expect(/status of 412/);
  await signIn(page, userOf(env, "admin"));
  await page.goto("/config/maintenance.window");
  await page.getByRole("group", { name: /^maintenance\.window, version / }).waitFor();
  let dialog = await form(page, "Edit…", "Edit maintenance.window");
  await dialog.getByLabel("What it is for").fill("When planned work may begin; typed by e2e");
  await dialog.getByLabel(REASON).fill("e2e: a draft");
  page.once("dialog", (asks) => void asks.accept());
  await page.reload();
  await page.getByText("Not sent: Edit maintenance.window.").waitFor();
  await axeBothThemes(page, "a draft that is offered");
  await picture("draft");
  const path = "/admin/v1/config/documents/maintenance.window";
  const now = (await ask(page, "GET", path, {})).body;
  const write = await ask(
    page,
    "PUT",
    path,
    { "x-reason": "e2e: meanwhile", "if-match": `"${now.version}"` },
    { description: now.description, document: { ...now.document, e2e: fresh() } },
  );
  must(write.status === 200, `somebody else writes it, not ${write.status}`);
  await page.getByRole("button", { name: "Go on" }).click();
  dialog = page.getByRole("dialog", { name: "Edit maintenance.window" });
  const notice = dialog.getByRole("alert", { name: "Changed meanwhile" });
  await notice.waitFor();
  await axeBothThemes(page, "a document that changed meanwhile");
  await picture("document-stale");
  await notice.getByRole("button", { name: "Apply mine on top" }).click();
  await page.keyboard.press("Escape");
  await dialog.getByText("This was not sent.").waitFor();
  await axeBothThemes(page, "leaving a form");
  await dialog.getByRole("button", { name: "Go on here" }).click();
  await send(dialog, "e2e: a draft, on top", "Save");
  const after = (await ask(page, "GET", path, {})).body;
  must(after.description.endsWith("typed by e2e"), "mine is there");
  must(after.document.e2e === write.body.document.e2e, "and so is theirs");
  must(after.version === now.version + 2, "and each was written once");
}
