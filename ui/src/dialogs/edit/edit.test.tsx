// What was typed is never lost, and nothing is written over: stale versions, drafts, lost sessions,
// lost answers. On users, because every write goes through the same flow.
import { cleanup, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test } from "vitest";
import { dialog as opened } from "~/dialogs/host";
import { violations } from "~/test/axe";
import { isOff, loseTheAnswer, openForm, openPage, REASON, watchWrites } from "~/test/govern";
import { draftKey, drafts, dropDraft, keepDraft } from "~/util/drafts";
import { server } from "~mock/server";
import { world } from "~mock/world";

const PATH = "/users/m.okafor";
const NAME = "Michael Okafor";

async function typed() {
  const page = await openPage(PATH, NAME);
  const form = await openForm(page.user, "Edit…", "Edit m.okafor");
  const name = form.in.getByLabelText<HTMLInputElement>("Display name");
  await page.user.clear(name);
  await page.user.type(name, "Mike");
  await page.user.type(form.in.getByLabelText(REASON), "HR-552");
  return { ...page, form, name };
}

/** Somebody else writes the row. */
function meanwhile(more: object): void {
  const user = world.users.get("m.okafor");
  if (!user) throw new Error("the scenario has no m.okafor");
  Object.assign(user, more, {
    version: user.version + 1,
    updated_by: "p.ruiz",
    updated_at: new Date().toISOString(),
  });
}

/** As a reload does: everything is gone but what the browser keeps. */
function reload(): void {
  cleanup();
  opened.set(undefined);
}

test("a stale version keeps what was typed, says what they changed, and goes on top", async () => {
  const sent = watchWrites();
  const { user, form } = await typed();
  meanwhile({ roles: ["config-editor", "operator", "viewer"] });
  await user.click(form.in.getByRole("button", { name: "Save" }));
  const notice = await form.in.findByRole("alert", { name: "Changed meanwhile" });
  expect(form.in.getByText("412 stale_version")).toBeTruthy();
  expect(notice.textContent).toContain("Version 4 was written meanwhile");
  expect(notice.textContent).toContain("By p.ruiz");
  expect(notice.textContent).toContain("added: viewer");
  expect(isOff(form.in.getByRole("button", { name: "Save" }))).toBe(true);
  expect(await violations(form.dialog)).toEqual([]);
  await user.click(within(notice).getByRole("button", { name: "Look at version 4" }));
  expect(notice.textContent).toContain("added: operator");
  await user.click(within(notice).getByRole("button", { name: "Apply mine on top" }));
  const roles = form.in.getByRole<HTMLInputElement>("checkbox", { name: "viewer" });
  expect(roles.checked).toBe(true);
  await user.click(form.in.getByRole("button", { name: "Save" }));
  await screen.findByText("m.okafor is changed");
  const puts = sent.filter(({ method }) => method === "PUT");
  expect(puts.map((put) => put.headers.get("if-match"))).toEqual(['"3"', '"4"']);
  const row = world.users.get("m.okafor");
  expect([row?.display_name, row?.roles]).toEqual([
    "Mike",
    ["config-editor", "operator", "viewer"],
  ]);
  server.events.removeAllListeners();
});

test("what both changed stays as one wrote it, and is named", async () => {
  const { user, form, name } = await typed();
  meanwhile({ display_name: "M. Okafor" });
  await user.click(form.in.getByRole("button", { name: "Save" }));
  await user.click(await form.in.findByRole("button", { name: "Apply mine on top" }));
  expect(name.value).toBe("Mike");
  expect(form.in.getByText("Both of you changed").closest("[role=status]")?.textContent).toContain(
    "display_name",
  );
  expect(form.in.getByRole("region", { name: "Difference" }).textContent).toContain("M. Okafor");
});

test("leaving asks, and the draft is offered on the page until it is sent or discarded", async () => {
  const { user, form } = await typed();
  await user.keyboard("{Escape}");
  const asks = await form.in.findByRole("alert");
  expect(asks.textContent).toContain("This was not sent.");
  await user.click(within(asks).getByRole("button", { name: "Go on here" }));
  await user.click(form.in.getByRole("button", { name: "Close" }));
  await user.click(form.in.getByRole("button", { name: "Keep the draft and leave" }));
  await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
  const banner = await screen.findByText("Not sent: Edit m.okafor.");
  expect(banner).toBeTruthy();
  await user.click(screen.getByRole("button", { name: "Go on" }));
  const again = await screen.findByRole("dialog", { name: "Edit m.okafor" });
  expect(within(again).getByText("Your draft is back,")).toBeTruthy();
  expect(within(again).getByLabelText<HTMLInputElement>("Display name").value).toBe("Mike");
  expect(within(again).getByLabelText<HTMLInputElement>(REASON).value).toBe("HR-552");
  await user.click(within(again).getByRole("button", { name: "Save" }));
  await screen.findByText("m.okafor is changed");
  await waitFor(() => expect(screen.queryByText("Not sent: Edit m.okafor.")).toBeNull());
});

test("another address asks too, and a discarded draft is gone", async () => {
  const { user, form, router } = await typed();
  void router.navigate({ to: "/jobs" });
  await form.in.findByRole("alert");
  expect(router.state.location.pathname).toBe(PATH);
  await user.click(form.in.getByRole("button", { name: "Discard it" }));
  await screen.findByRole("heading", { level: 1, name: "Jobs" });
  expect(sessionStorage.length).toBe(0);
});

test("a reload keeps the draft, and one written upon an older version says so at once", async () => {
  await typed();
  reload();
  meanwhile({ roles: ["operator"] });
  const { user } = await openPage("/users", "Users");
  await user.click(await screen.findByRole("button", { name: "Go on" }));
  const again = await screen.findByRole("dialog", { name: "Edit m.okafor" });
  const notice = await within(again).findByRole("alert", { name: "Changed meanwhile" });
  expect(notice.textContent).toContain("removed: config-editor");
  await user.click(within(again).getByRole("button", { name: "Start afresh" }));
  expect(within(again).getByLabelText<HTMLInputElement>("Display name").value).toBe(NAME);
  expect(sessionStorage.length).toBe(0);
});

test("a draft belongs to who wrote it", async () => {
  await typed();
  reload();
  const [mine] = drafts();
  if (!mine) throw new Error("no draft was kept");
  dropDraft(mine.key);
  keepDraft({ ...mine, key: draftKey("p.ruiz", "user user m.okafor") });
  const { user } = await openPage(PATH, NAME);
  expect(screen.queryByText("Not sent: Edit m.okafor.")).toBeNull();
  const form = await openForm(user, "Edit…", "Edit m.okafor");
  expect(form.in.getByLabelText<HTMLInputElement>("Display name").value).toBe(NAME);
  expect(drafts()).toHaveLength(1);
});

test("a session that ends while one sends keeps the form; one signs in and sends again", async () => {
  const { user, form, name } = await typed();
  world.signedIn = false;
  await user.click(form.in.getByRole("button", { name: "Save" }));
  const again = await screen.findByRole("dialog", { name: "Your session has ended" });
  await user.type(within(again).getByLabelText("User name"), "ines.moreau");
  await user.type(within(again).getByLabelText("Password"), "correct horse");
  await user.click(within(again).getByRole("button", { name: "Sign in" }));
  await waitFor(() =>
    expect(screen.queryByRole("dialog", { name: "Your session has ended" })).toBeNull(),
  );
  expect(name.value).toBe("Mike");
  await user.click(form.in.getByRole("button", { name: "Save" }));
  await screen.findByText("m.okafor is changed");
  expect(world.users.get("m.okafor")?.display_name).toBe("Mike");
});

test("a write whose answer is lost is looked at, and is not done twice", async () => {
  loseTheAnswer("put", "*/admin/v1/iam/users/:sub");
  const { user, form } = await typed();
  await user.click(form.in.getByRole("button", { name: "Save" }));
  const notice = await form.in.findByRole("alert", { name: "Changed meanwhile" });
  expect(form.in.getByText("no_answer")).toBeTruthy();
  expect(form.in.getByText(/Whether it was done is not known/)).toBeTruthy();
  expect(notice.textContent).toContain("It says what you wanted already");
  await user.click(within(notice).getByRole("button", { name: "Done" }));
  await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
  expect(world.users.get("m.okafor")?.version).toBe(4);
  expect(sessionStorage.length).toBe(0);
});

test("a password is in no draft, and the rest of the form is", async () => {
  const user = userEvent.setup();
  await openPage("/users", "Users");
  const form = await openForm(user, "New user…", "New user");
  await user.type(form.in.getByLabelText("User name"), "ada");
  await user.type(form.in.getByLabelText("Password"), "correct horse battery");
  await user.type(form.in.getByLabelText(REASON), "joins");
  expect(JSON.stringify({ ...sessionStorage })).toContain("joins");
  expect(JSON.stringify({ ...sessionStorage })).not.toContain("horse");
  reload();
  await openPage("/users", "Users");
  await user.click(await screen.findByRole("button", { name: "Go on" }));
  const again = await screen.findByRole("dialog", { name: "New user" });
  expect(within(again).getByLabelText<HTMLInputElement>("User name").value).toBe("ada");
  expect(within(again).getByLabelText<HTMLInputElement>("Password").value).toBe("");
});
