// Versioned documents on the mock API: configuration of the platform, of a tenant, definitions.
import { fireEvent, screen, waitFor, within } from "@testing-library/react";
import { expect, test } from "vitest";
import { violations } from "~/test/axe";
import { isOff, openForm, openPage, REASON, watchWrites } from "~/test/govern";
import { server } from "~mock/server";
import { world } from "~mock/world";

const DOCUMENT = "Document, JSON";
const routing = () => world.papers.get("platform gateway.routing")?.versions ?? [];

/** Typing a text of many braces letter by letter is not what is tested. */
function write(field: HTMLElement, text: string): void {
  fireEvent.change(field, { target: { value: text } });
}

test("a document is edited with its difference and a reason, upon the version that was read", async () => {
  const sent = watchWrites();
  const { user } = await openPage("/config/gateway.routing", "gateway.routing");
  await screen.findByRole("group", { name: "gateway.routing, version 3" });
  const form = await openForm(user, "Edit…", "Edit gateway.routing");
  const field = form.in.getByLabelText<HTMLTextAreaElement>(DOCUMENT);
  write(field, field.value.replace("8000", "9000"));
  const difference = form.in.getByRole("region", { name: "Difference" });
  expect(difference.textContent).toContain('removed:   "buffer_ms": 8000');
  expect(difference.textContent).toContain('added:   "buffer_ms": 9000');
  expect(difference.textContent).toContain("version 3 → 4");
  expect(await violations(form.dialog)).toEqual([]);
  await user.type(form.in.getByLabelText(REASON), "CHG-0901{Enter}");
  await screen.findByText("gateway.routing has version 4");
  const put = sent.find(({ method }) => method === "PUT");
  expect(put?.headers.get("if-match")).toBe('"3"');
  expect(put?.headers.get("x-tenant-id")).toBeNull();
  expect(routing().at(-1)?.reason).toBe("CHG-0901");
  await screen.findByRole("group", { name: "gateway.routing, version 4" });
  server.events.removeAllListeners();
});

test("what is no JSON names its line, and cannot be sent", async () => {
  const { user } = await openPage("/config/gateway.routing", "gateway.routing");
  const form = await openForm(user, "Edit…", "Edit gateway.routing");
  const field = form.in.getByLabelText<HTMLTextAreaElement>(DOCUMENT);
  await user.type(form.in.getByLabelText(REASON), "x");
  write(field, field.value.replace("8000,", "8000"));
  expect(form.in.getAllByText("Line 3: a comma is needed before this").length).toBeGreaterThan(0);
  expect(isOff(form.in.getByRole("button", { name: "Save" }))).toBe(true);
  expect(field.getAttribute("aria-invalid")).toBe("true");
  await user.click(form.in.getByRole("button", { name: "Go to line 3" }));
  expect(field.value.slice(field.selectionStart, field.selectionEnd)).toBe('  "listen": {');
  write(field, '{ "a": 1, "a": 2 }');
  expect(form.in.getAllByText("Line 1: “a” is there twice").length).toBeGreaterThan(0);
});

test("the order of keys and the blanks are no change", async () => {
  const { user } = await openPage("/config/limits", "limits");
  const form = await openForm(user, "Edit…", "Edit limits");
  await user.type(form.in.getByLabelText(REASON), "x");
  write(
    form.in.getByLabelText(DOCUMENT),
    '{"max_events_bytes":262144,\n\n"max_commands_per_s":500}',
  );
  expect(form.in.getAllByText("Nothing has changed").length).toBeGreaterThan(0);
  expect(isOff(form.in.getByRole("button", { name: "Save" }))).toBe(true);
  await user.click(form.in.getByRole("button", { name: "Tidy up" }));
  expect(form.in.getByLabelText<HTMLTextAreaElement>(DOCUMENT).value).toContain(
    '\n  "max_commands_per_s": 500\n',
  );
});

test("two people who change different keys both have their way", async () => {
  const { user } = await openPage("/config/gateway.routing", "gateway.routing");
  const form = await openForm(user, "Edit…", "Edit gateway.routing");
  const field = form.in.getByLabelText<HTMLTextAreaElement>(DOCUMENT);
  write(field, field.value.replace("8443", "9443"));
  await user.type(form.in.getByLabelText(REASON), "CHG-1");
  const last = routing().at(-1);
  routing().push({
    ...(last as NonNullable<typeof last>),
    version: 4,
    document: { ...last?.document, buffer_ms: 100 },
    by: "p.ruiz",
  });
  await user.click(form.in.getByRole("button", { name: "Save" }));
  const notice = await form.in.findByRole("alert", { name: "Changed meanwhile" });
  expect(notice.textContent).toContain('added:   "buffer_ms": 100');
  await user.click(within(notice).getByRole("button", { name: "Apply mine on top" }));
  await user.click(form.in.getByRole("button", { name: "Save" }));
  await screen.findByText("gateway.routing has version 5");
  expect(routing().at(-1)?.document).toMatchObject({
    buffer_ms: 100,
    listen: { port: 9443, tls: true },
  });
});

test("any two versions can be compared, the address says which, and the old one restored", async () => {
  const { user, router, container } = await openPage("/config/gateway.routing", "gateway.routing");
  const versions = await screen.findByRole("list", { name: "Versions" });
  await user.click(await within(versions).findByRole("button", { name: "Look at version 1" }));
  await screen.findByRole("group", { name: "gateway.routing, version 1" });
  await user.click(
    within(versions).getByRole("button", { name: "Compare version 2 with what is shown" }),
  );
  const difference = await screen.findByRole("group", { name: "Difference" });
  await waitFor(() => expect(difference.textContent).toContain('added:     "attempts": 2'));
  expect(router.state.location.href).toContain("?version=1&against=2");
  expect(await violations(container)).toEqual([]);
  const form = await openForm(user, "Restore version 1…", "Restore version 1 of gateway.routing");
  expect(form.in.getByLabelText<HTMLTextAreaElement>(DOCUMENT).value).toContain("5000");
  expect(form.in.getByRole("region", { name: "Difference" }).textContent).toContain(
    'added:   "buffer_ms": 5000',
  );
  await user.type(form.in.getByLabelText(REASON), "back, INC-7{Enter}");
  await screen.findByText("gateway.routing has version 4");
  expect(routing().at(-1)?.document).toEqual(routing()[0]?.document);
});

test("a removed document says so, and each of its versions can be restored", async () => {
  const { user } = await openPage("/config/retention", "retention");
  const remove = await openForm(user, "Remove…", "Remove retention");
  await user.type(remove.in.getByLabelText(REASON), "not used{Enter}");
  await screen.findByText("retention is removed.");
  expect(isOff(screen.getByRole("button", { name: "Edit…" }))).toBe(true);
  const form = await openForm(user, "Restore version 1…", "Restore version 1 of retention");
  await user.type(form.in.getByLabelText(REASON), "used after all{Enter}");
  await screen.findByText("retention has version 3");
  await waitFor(() => expect(screen.queryByText("retention is removed.")).toBeNull());
});

test("a tenant's documents are asked for in its name", async () => {
  const asked: Request[] = [];
  server.events.on("request:start", ({ request }) => void asked.push(request));
  const { user, router } = await openPage("/config?scope=tenant", "Config");
  const field = await screen.findByRole("combobox", { name: "Tenant" });
  await user.type(field, "acme{Enter}");
  await screen.findByText("What acme may use, agreed 2026-10");
  expect(router.state.location.search).toMatchObject({ tenant: "acme" });
  const list = asked.find(({ url }) => url.includes("/config/tenant/documents"));
  expect(list?.headers.get("x-tenant-id")).toBe("acme");
  await user.click(screen.getByRole("link", { name: "limits" }));
  await screen.findByRole("heading", { level: 1, name: "limits" });
  expect(router.state.location.search).toEqual({ tenant: "acme" });
  server.events.removeAllListeners();
});

test("who may configure one tenant only begins there, and may not touch the platform", async () => {
  world.rights = ["control.config.read:acme", "control.config.write:acme"];
  const { user } = await openPage("/config", "Config");
  await screen.findByText("What acme may use, agreed 2026-10");
  expect(isOff(screen.getByRole("button", { name: "New document…" }))).toBe(false);
  await user.click(screen.getByRole("button", { name: "Platform" }));
  await screen.findByText("403 forbidden");
  const make = screen.getByRole("button", { name: "New document…" });
  expect(make.title).toBe("You have control.config.write for acme only.");
});

test("a new definition must not exist yet", async () => {
  const sent = watchWrites();
  const { user } = await openPage("/definitions?kind=aggregate", "Definitions");
  await screen.findByText("Invoices and their lines");
  const form = await openForm(user, "New document…", "New document");
  await user.type(form.in.getByLabelText("Name"), "invoice");
  await user.type(form.in.getByLabelText(REASON), "x");
  await user.click(form.in.getByRole("button", { name: "Make the document" }));
  await form.in.findByText("412 stale_version");
  expect(form.in.getByText("There is a document of this name already")).toBeTruthy();
  await user.type(form.in.getByLabelText("Name"), "-line");
  await user.click(form.in.getByRole("button", { name: "Make the document" }));
  await screen.findByRole("heading", { level: 1, name: "invoice-line" });
  expect(sent.map(({ headers }) => headers.get("if-none-match"))).toEqual(["*", "*"]);
  server.events.removeAllListeners();
});
