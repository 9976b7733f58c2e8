// Users on the mock API: found, made, changed; with the version, the reason and the difference.
import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test } from "vitest";
import { violations } from "~/test/axe";
import { isOff, openForm, openPage, REASON, refuses, watchWrites } from "~/test/govern";
import { server } from "~mock/server";
import { world } from "~mock/world";

const rows = () =>
  within(screen.getByRole("table", { name: "Users" }))
    .getAllByRole("row")
    .slice(1)
    .map((row) => row.textContent ?? "");

test("filters and order are the server's, and stand in the address", async () => {
  const asked: URL[] = [];
  server.events.on("request:start", ({ request }) => void asked.push(new URL(request.url)));
  const { user, router, container } = await openPage(
    "/users?q=o&state=active&role=operator&tenant=",
    "Users",
  );
  await screen.findByRole("table", { name: "Users" });
  expect(rows().length).toBe(2);
  const list = asked.find((url) => url.pathname.endsWith("/iam/users"));
  expect(Object.fromEntries(list?.searchParams ?? [])).toEqual({
    q: "o",
    state: "active",
    role: "operator",
    limit: "100",
  });
  await user.click(screen.getByRole("button", { name: "Last sign-in" }));
  await waitFor(() => expect(router.state.location.href).toContain("sort=-last_sign_in_at"));
  expect(await violations(container)).toEqual([]);
  server.events.removeAllListeners();
});

test("what nobody matches says so and leads back", async () => {
  const { user } = await openPage("/users?q=nobody-like-this", "Users");
  await screen.findByText("No user matches");
  await user.click(screen.getByRole("link", { name: "Clear the filters" }));
  await screen.findByText("m.okafor");
});

test("a user is made with a reason, leads to its page, and is in the audit log", async () => {
  const sent = watchWrites();
  const { user, router } = await openPage("/users", "Users");
  const form = await openForm(user, "New user…", "New user");
  const make = form.in.getByRole("button", { name: "Make the user" });
  expect(isOff(make)).toBe(true);
  await user.type(form.in.getByLabelText("User name"), "a.lovelace");
  await user.type(form.in.getByLabelText("Password"), "correct horse battery");
  await user.type(form.in.getByLabelText("Display name"), "Ada Lovelace");
  await user.click(await form.in.findByRole("checkbox", { name: "viewer" }));
  await user.click(await form.in.findByRole("checkbox", { name: "control.jobs.create" }));
  const difference = form.in.getByRole("region", { name: "Difference" });
  expect(difference.textContent).toContain("own rights");
  expect(difference.textContent).toContain("may do");
  expect(await violations(form.dialog)).toEqual([]);
  expect(form.in.getByRole("status").textContent).toBe("A reason is needed");
  await user.type(form.in.getByLabelText(REASON), "joins größer team");
  expect(JSON.stringify({ ...sessionStorage })).not.toContain("correct horse");
  await user.click(make);
  await screen.findByRole("heading", { level: 1, name: "Ada Lovelace" });
  expect(router.state.location.pathname).toBe("/users/a.lovelace");
  const post = sent.find((request) => request.method === "POST");
  expect(post?.headers.get("x-reason")).toBe("joins gr%C3%B6%C3%9Fer team");
  expect(await post?.json()).toEqual({
    username: "a.lovelace",
    display_name: "Ada Lovelace",
    password: "correct horse battery",
    roles: ["viewer"],
    rights: ["control.jobs.create"],
    tenant_id: null,
  });
  expect(sessionStorage.length).toBe(0);
  await screen.findByText(/joins größer team/);
  server.events.removeAllListeners();
});

test("the page says what one may do and why, by role and by oneself", async () => {
  const { container } = await openPage("/users/t.lindqvist", "Tove Lindqvist");
  const table = await screen.findByRole("table", { name: "Effective rights" });
  const rowOf = (right: string) => within(table).getByText(right).closest("tr");
  await waitFor(() => expect(rowOf("control.jobs.create")?.textContent).toContain("operator"));
  expect(rowOf("control.jobs.approve")?.textContent).toContain("their own");
  expect(await screen.findByRole("table", { name: "Sessions of t.lindqvist" })).toBeTruthy();
  expect(await violations(container)).toEqual([]);
});

test("an edit names the version that was read, and shows what it makes different", async () => {
  const sent = watchWrites();
  const { user } = await openPage("/users/m.okafor", "Michael Okafor");
  const form = await openForm(user, "Edit…", "Edit m.okafor");
  expect(form.in.getByText("Nothing has changed yet.")).toBeTruthy();
  await user.click(await form.in.findByRole("checkbox", { name: "config-editor" }));
  const difference = form.in.getByRole("region", { name: "Difference" });
  await waitFor(() => expect(difference.textContent).toContain("removed: control.config.write"));
  await user.type(form.in.getByLabelText(REASON), "leaves the rota{Enter}");
  await screen.findByText("m.okafor is changed");
  const put = sent.find((request) => request.method === "PUT");
  expect(put?.headers.get("if-match")).toBe('"3"');
  expect(world.users.get("m.okafor")?.roles).toEqual(["operator"]);
  server.events.removeAllListeners();
});

test("the Gateway's refusal is shown in its own words, with the code and both ids", async () => {
  refuses("put", "*/admin/v1/iam/users/:sub", {
    type: "https://gateway.invalid/errors/last_administrator",
    title: "Last administrator",
    status: 409,
    code: "last_administrator",
    detail: "nobody would be left who may sign in and do everything",
  });
  const { user } = await openPage("/users/ines.moreau", "Ines Moreau");
  const form = await openForm(user, "Edit…", "Edit ines.moreau");
  await user.click(await form.in.findByRole("checkbox", { name: "admin" }));
  await user.type(form.in.getByLabelText(REASON), "retires{Enter}");
  const alert = await form.in.findByRole("alert");
  expect(alert.textContent).toContain("409 last_administrator");
  expect(alert.textContent).toContain("nobody would be left who may sign in and do everything");
  expect(within(alert).getByTitle("req_of_the_refusal")).toBeTruthy();
  expect(within(alert).getByTitle("cor_of_the_refusal")).toBeTruthy();
  const admin = form.in.getByRole<HTMLInputElement>("checkbox", { name: "admin" });
  expect(admin.checked).toBe(false);
});

test("disabling is a question of its own, and revokes the sessions", async () => {
  const { user } = await openPage("/users/m.okafor", "Michael Okafor");
  await user.click(screen.getByRole("button", { name: "Actions for m.okafor" }));
  await user.click(await screen.findByRole("menuitem", { name: /^Disable/ }));
  const dialog = await screen.findByRole("dialog", { name: "Disable m.okafor" });
  expect(await violations(dialog)).toEqual([]);
  await user.type(within(dialog).getByLabelText(REASON), "HR-553{Enter}");
  await screen.findByText("m.okafor is disabled");
  expect(world.users.get("m.okafor")?.state).toBe("disabled");
  expect(world.sessions.get("ses_01J9ZJ7Q4M8V2T6RX3WB5NC2KF")?.revoked_because).toBe("HR-553");
});

test("what one may not do stays, off, with the right one lacks", async () => {
  world.rights = ["control.iam.read", "control.audit.read"];
  const { user } = await openPage("/users", "Users");
  const make = screen.getByRole("button", { name: "New user…" });
  expect(isOff(make)).toBe(true);
  expect(make.title).toBe("You lack control.iam.write.");
  await user.click(await screen.findByRole("button", { name: "Actions for p.ruiz" }));
  const edit = await screen.findByRole("menuitem", { name: /^Edit/ });
  expect(isOff(edit)).toBe(true);
  expect(edit.textContent).toContain("You lack control.iam.write.");
});

test("who may write for one tenant sees its users, and grants what they hold, for it alone", async () => {
  world.rights = ["control.iam.read:acme", "control.iam.write:acme", "control.jobs.read:acme"];
  const { user } = await openPage("/users", "Users");
  await screen.findByRole("table", { name: "Users" });
  expect(rows()).toHaveLength(1);
  const form = await openForm(user, "New user…", "New user");
  expect(form.in.getByText(/each right is for that tenant/).textContent).toContain("acme");
  const mine = await form.in.findByRole("checkbox", { name: "control.jobs.read:acme" });
  expect(isOff(mine)).toBe(false);
  expect(isOff(form.in.getByRole("checkbox", { name: "control.jobs.cancel:acme" }))).toBe(true);
  const admin = await form.in.findByRole("checkbox", { name: "admin" });
  expect(isOff(admin)).toBe(true);
});

test("single keys make a new one and edit the one that is shown", async () => {
  const user = userEvent.setup();
  await openPage("/users", "Users");
  await user.keyboard("n");
  await screen.findByRole("dialog", { name: "New user" });
  await user.keyboard("{Escape}");
  await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
  await user.keyboard("gr");
  await screen.findByRole("heading", { level: 1, name: "Roles & Permissions" });
});
