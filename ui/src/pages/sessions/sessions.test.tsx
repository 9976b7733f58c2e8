// Sessions and roles on the mock API.
import { screen, waitFor, within } from "@testing-library/react";
import { expect, test } from "vitest";
import { violations } from "~/test/axe";
import { isOff, openForm, openPage, REASON } from "~/test/govern";
import { OWN_SESSION } from "~mock/govern/people";
import { world } from "~mock/world";

test("a session is revoked with a reason, from the list, and says so on its page", async () => {
  const { user, container } = await openPage("/sessions", "Sessions");
  const form = await openForm(
    user,
    /^Revoke session ses_01J9ZH/,
    "Revoke a session of t.lindqvist",
  );
  expect(await violations(form.dialog)).toEqual([]);
  await user.type(form.in.getByLabelText(REASON), "seen from abroad, INC-9{Enter}");
  await screen.findByText("A session of t.lindqvist is revoked");
  await waitFor(() =>
    expect(isOff(screen.getByRole("button", { name: /^Revoke session ses_01J9ZH/ }))).toBe(true),
  );
  expect(await violations(container)).toEqual([]);
  const row = screen.getByTitle("ses_01J9ZH3V9D0S8Q1A6T2R5Y7P4M");
  await user.click(row);
  await screen.findByRole("heading", { level: 1, name: "Session of t.lindqvist" });
  expect((await screen.findByText("ines.moreau revoked it.")).parentElement?.textContent).toContain(
    "seen from abroad",
  );
});

test("one's own session says so, and its end is the end of this page's", async () => {
  const { user } = await openPage(`/sessions/${OWN_SESSION}`, "Session of ines.moreau");
  const form = await openForm(user, "Revoke…", "Revoke a session of ines.moreau");
  expect(form.in.getByText(/This is your own session/)).toBeTruthy();
  await user.type(form.in.getByLabelText(REASON), "shared computer{Enter}");
  await screen.findByRole("dialog", { name: "Your session has ended" });
});

test("the state of sessions is filtered by the server, and stands in the address", async () => {
  const { user, router } = await openPage("/sessions", "Sessions");
  await screen.findByRole("table", { name: "Sessions" });
  await user.click(screen.getByRole("button", { name: "Revoked" }));
  await waitFor(() => expect(router.state.location.search).toEqual({ state: "revoked" }));
  await waitFor(() => expect(screen.getAllByText(/laptop left on the train/)).toHaveLength(1));
});

test("a role is made, changed for all who have it, and removed when nobody has", async () => {
  const { user, container } = await openPage("/roles", "Roles & Permissions");
  const made = await openForm(user, "New role…", "New role");
  await user.type(made.in.getByLabelText("Name"), "night-shift");
  await user.click(await made.in.findByRole("checkbox", { name: "control.jobs.pause" }));
  await user.click(made.in.getByRole("button", { name: "One tenant" }));
  expect(isOff(made.in.getByRole("checkbox", { name: "control.jobs.read:" }))).toBe(true);
  await user.type(made.in.getByRole("combobox", { name: "Tenant of the right" }), "acme");
  await user.click(made.in.getByRole("checkbox", { name: "control.jobs.read:acme" }));
  expect(await violations(made.dialog)).toEqual([]);
  await user.type(made.in.getByLabelText(REASON), "HR-1{Enter}");
  await screen.findByRole("heading", { level: 1, name: "night-shift" });
  expect(world.roles.get("night-shift")?.rights).toEqual([
    "control.jobs.pause",
    "control.jobs.read:acme",
  ]);
  const table = await screen.findByRole("table", { name: "Rights it brings" });
  expect(within(table).getByText("acme")).toBeTruthy();
  expect(await violations(container)).toEqual([]);
  const gone = await openForm(user, "Remove…", "Remove the role night-shift");
  await user.type(gone.in.getByLabelText(REASON), "HR-2{Enter}");
  await screen.findByText("The role night-shift is removed");
  await screen.findByRole("table", { name: "Roles" });
  expect(world.roles.has("night-shift")).toBe(false);
});

test("a role that somebody has, or that came with the Gateway, cannot be removed, and says why", async () => {
  const { user } = await openPage("/roles/config-editor", "config-editor");
  const remove = await screen.findByRole("button", { name: "Remove…" });
  expect(remove.title).toBe("1 user has it.");
  const form = await openForm(user, "Edit…", "Edit the role config-editor");
  expect(form.in.getByText(/what changes here changes for them/)).toBeTruthy();
});

test("the permissions are all there is to grant, and whether one holds each", async () => {
  world.rights = ["control.iam.read", "control.jobs.read:acme"];
  const { container } = await openPage("/roles?view=permissions", "Roles & Permissions");
  const table = await screen.findByRole("table", { name: "Permissions" });
  const rowOf = (right: string) => within(table).getByText(right).closest("tr")?.textContent;
  expect(rowOf("control.iam.read")).toContain("You hold it");
  expect(rowOf("control.jobs.read")).toContain("for acme");
  expect(rowOf("control.audit.read")).toContain("—");
  expect(await violations(container)).toEqual([]);
});
