// Writes to the Gateway in the audit log: pending until their outcome, and what they were about.
import { screen, waitFor, within } from "@testing-library/react";
import { expect, test } from "vitest";
import { violations } from "~/test/axe";
import { openPage } from "~/test/govern";
import { note, world } from "~mock/world";

test("a write is pending until its outcome is known, and leads to what was written", async () => {
  note(world, {
    operation: "iam.users.update",
    resource: "users/m.okafor",
    result: "ok",
    reason: "HR-552",
    status: 200,
    closed_at: "2026-11-24T14:02:11.250Z",
  });
  note(world, {
    operation: "config.documents.write",
    resource: "documents/limits",
    tenant_id: "acme",
    result: "pending",
    reason: "CHG-0866",
  });
  const { user, router, container } = await openPage("/audit", "Audit log");
  const table = await screen.findByRole("table", { name: "Audit log" });
  const open = within(table).getByText("config.documents.write").closest("tr");
  expect(open?.textContent).toContain("Pending");
  await user.click(within(table).getByText("iam.users.update"));
  const record = screen.getByRole("region", { name: "Record" });
  expect(record.textContent).toContain("User m.okafor was changed");
  expect(record.textContent).toContain("users/m.okafor");
  expect(record.textContent).toContain("200");
  expect(record.textContent).toContain("14:02:11.250Z");
  expect(await violations(container)).toEqual([]);
  await user.click(screen.getByRole("button", { name: "Pending" }));
  await waitFor(() => expect(router.state.location.search).toEqual({ result: "pending" }));
  await screen.findByText("1 record");
  await user.click(screen.getByRole("link", { name: "acme · documents/limits" }));
  await screen.findByRole("heading", { level: 1, name: "limits" });
  expect(router.state.location.href).toBe("/config/limits?tenant=acme");
});

test("a write that ended in an unknown way says so in the overview's words", async () => {
  note(world, { operation: "iam.roles.delete", resource: "roles/night", result: "unknown" });
  await openPage("/", "Overview");
  await screen.findByText("Role night has an unknown end");
});
