// What an operator does, end to end on the mock API: plan, confirm, watch, cancel, find.
import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { HttpResponse, http } from "msw";
import { expect, test } from "vitest";
import { recentIds } from "~/api/ids";
import { openMigrate, openVerb } from "~/dialogs/host";
import { violations } from "~/test/axe";
import { renderRoute } from "~/test/render";
import { toastError } from "~/util/toasts";
import { server } from "~mock/server";
import { world } from "~mock/world";

const ACME = "job_01J9ZK7Q4M8V2T6RX3WB5NCE0H";

async function openDialog(tenant: string) {
  const view = renderRoute("/jobs");
  await screen.findByRole("heading", { level: 1, name: "Jobs" });
  openMigrate(tenant);
  const dialog = await screen.findByRole("dialog", { name: `Migrate ${tenant}` });
  await within(dialog).findByRole("table", { name: "Steps of the plan" });
  return { ...view, dialog };
}

test("a migration is planned, confirmed by name and reason, and leads to its job", async () => {
  const user = userEvent.setup();
  const sent: Request[] = [];
  server.events.on("request:start", ({ request }) => void sent.push(request.clone()));
  const { dialog, router } = await openDialog("tyrell");
  const verb = within(dialog).getByRole("button", { name: "Migrate" });
  expect(verb.getAttribute("aria-disabled")).toBe("true");
  await user.type(
    within(dialog).getByLabelText("Reason, kept in the audit log"),
    "rebalance, CHG-1",
  );
  await user.type(within(dialog).getByLabelText(/^Type tyrell/), "tyrel");
  expect(within(dialog).getAllByText("1 letter to go").length).toBeGreaterThan(0);
  await user.type(within(dialog).getByLabelText(/^Type tyrell/), "l");
  await user.click(verb);
  await screen.findByRole("heading", { level: 1, name: "Migrate tyrell" });
  expect(router.state.location.pathname).toMatch(/^\/jobs\/job_/);
  const post = sent.find((r) => r.method === "POST" && r.url.endsWith("/jobs/tenant-migrate"));
  const plan = sent.find((r) => r.method === "POST" && r.url.includes("/plans/"));
  const body = await post?.json();
  expect(body.plan_hash).toMatch(/^[0-9a-f]{64}$/);
  expect(body.params.targets.projection).toBe("prj-05");
  expect(post?.headers.get("idempotency-key")).toMatch(/^idem_/);
  expect(post?.headers.get("x-tenant-id")).toBe("tyrell");
  expect(post?.headers.get("x-control-ui")).toBe("1");
  // The plan opened the flow without a name; the job continues the one the API gave it.
  expect(plan?.headers.get("x-correlation-id")).toBeNull();
  expect(post?.headers.get("x-correlation-id")).toMatch(/^cor_/);
  expect(post?.headers.get("x-request-id")).not.toBe(plan?.headers.get("x-request-id"));
  server.events.removeAllListeners();
});

test("a click that is repeated is the same request", async () => {
  const user = userEvent.setup();
  let tries = 0;
  const keys = new Set<string | null>();
  server.use(
    http.post("*/admin/v1/jobs/tenant-migrate", ({ request }) => {
      tries += 1;
      keys.add(request.headers.get("idempotency-key"));
      return tries === 1 ? HttpResponse.error() : undefined;
    }),
  );
  const { dialog } = await openDialog("octan");
  await user.type(within(dialog).getByLabelText("Reason, kept in the audit log"), "x");
  await user.type(within(dialog).getByLabelText(/^Type octan/), "octan");
  await user.click(within(dialog).getByRole("button", { name: "Migrate" }));
  await within(dialog).findByText("no_answer");
  await user.click(within(dialog).getByRole("button", { name: "Migrate" }));
  await screen.findByRole("heading", { level: 1, name: "Migrate octan" });
  expect(tries).toBe(2);
  expect(keys.size).toBe(1);
});

test("an unknown gate keeps the verb off until somebody answers for it", async () => {
  const user = userEvent.setup();
  renderRoute("/jobs");
  await screen.findByRole("heading", { level: 1, name: "Jobs" });
  openMigrate("umbrella", { targets: { runner: null } });
  const dialog = await screen.findByRole("dialog", { name: "Migrate umbrella" });
  await within(dialog).findByText("1 gate unknown");
  expect(await violations(dialog)).toEqual([]);
  await user.type(within(dialog).getByLabelText("Reason, kept in the audit log"), "host lost");
  await user.type(within(dialog).getByLabelText(/^Type umbrella/), "umbrella");
  expect(
    within(dialog).getByRole("button", { name: "Migrate" }).getAttribute("aria-disabled"),
  ).toBe("true");
  await user.click(within(dialog).getByRole("checkbox", { name: /Override source.ready/ }));
  await user.type(within(dialog).getByLabelText(/Why is it safe/), "powered off, CHG-0874");
  await user.click(within(dialog).getByRole("button", { name: "Migrate with override" }));
  await screen.findByRole("heading", { level: 1, name: "Migrate umbrella" });
  const job = [...world.jobs.values()].at(-1);
  expect(job?.gates.find((gate) => gate.id === "source.ready")?.overridden_by?.reason).toBe(
    "powered off, CHG-0874",
  );
});

test("a refusal stays in the dialog with its code and ids, and nothing is changed", async () => {
  const user = userEvent.setup();
  const before = world.jobs.size;
  server.use(
    http.post("*/admin/v1/jobs/tenant-migrate", () =>
      HttpResponse.json(
        {
          title: "Held by another job",
          status: 409,
          code: "lock_conflict",
          detail: "tenant/octan is held by another job.",
          request_id: "req_held",
          correlation_id: "cor_held",
        },
        { status: 409, headers: { "content-type": "application/problem+json" } },
      ),
    ),
  );
  const { dialog } = await openDialog("octan");
  await user.type(within(dialog).getByLabelText("Reason, kept in the audit log"), "x");
  await user.type(within(dialog).getByLabelText(/^Type octan/), "octan");
  await user.click(within(dialog).getByRole("button", { name: "Migrate" }));
  const said = await within(dialog).findByText("409 lock_conflict");
  expect(said.closest("[role=alert]")?.textContent).toContain("req_held");
  expect(world.jobs.size).toBe(before);
  expect(recentIds.get().some((id) => id.status === 409)).toBe(true);
});

test("past the flip the mirrored migration can be planned, and sent once the job has ended", async () => {
  const user = userEvent.setup();
  const job = world.jobs.get(ACME);
  const tenant = world.tenants.get("acme");
  if (!job || !tenant?.placement.projection) throw new Error("the scenario has no acme");
  tenant.placement.projection.shard = "prj-05";
  const source = world.shards.find(({ id }) => id === "prj-02");
  if (source) source.tenants = 1_000;
  const { client } = renderRoute(`/jobs/${ACME}`);
  await screen.findByRole("heading", { level: 1, name: "Migrate acme" });
  await user.click((await screen.findAllByRole("button", { name: "Reverse…" }))[0] as HTMLElement);
  const dialog = await screen.findByRole("dialog", { name: "Reverse migration of acme" });
  await within(dialog).findByText(/holds acme/);
  await user.type(within(dialog).getByLabelText("Reason, kept in the audit log"), "INC-2295");
  await user.type(within(dialog).getByLabelText(/^Type acme/), "acme");
  const verb = within(dialog).getByRole("button", { name: "Reverse" });
  expect(
    (await within(dialog).findAllByText("Migrate acme has to end first")).length,
  ).toBeGreaterThan(0);
  expect(verb.getAttribute("aria-disabled")).toBe("true");
  job.state = "succeeded";
  job.finished_at = new Date().toISOString();
  tenant.open_job = null;
  await client.invalidateQueries({ queryKey: ["jobs"] });
  await waitFor(() => expect(verb.getAttribute("aria-disabled")).toBeNull());
  await user.click(verb);
  await screen.findByText("Reverse migration of acme: accepted");
  const made = [...world.jobs.values()].at(-1);
  expect(made?.params.reverse_of).toBe(ACME);
  expect(made?.params.targets).toEqual({ projection: "prj-02" });
});

test("a plan that changes nothing cannot be confirmed", async () => {
  renderRoute("/jobs");
  await screen.findByRole("heading", { level: 1, name: "Jobs" });
  openMigrate("tyrell", { targets: { projection: "prj-03" } });
  const dialog = await screen.findByRole("dialog", { name: "Migrate tyrell" });
  expect((await within(dialog).findAllByText("Nothing to move")).length).toBeGreaterThan(0);
});

test("the job page shows steps, gates, why it waits and which verbs are off", async () => {
  const { container } = renderRoute(`/jobs/${ACME}`);
  await screen.findByRole("heading", { level: 1, name: "Migrate acme" });
  expect(screen.getByText(/gw-03 reports 2,417 and needs 2,418/)).toBeTruthy();
  expect(screen.getByText("Not yet")).toBeTruthy();
  expect(screen.getByText(/Point of no return/)).toBeTruthy();
  const [cancel] = screen.getAllByRole("button", { name: "Cancel" });
  expect(cancel?.getAttribute("aria-disabled")).toBe("true");
  expect(screen.getAllByText(/so reverse instead of cancel/).length).toBeGreaterThan(0);
  expect(screen.getByText(/control\.evt\.acme\.job\./)).toBeTruthy();
  await screen.findByRole("table", { name: "Events" });
  expect(await violations(container)).toEqual([]);
});

test("pausing asks for a reason and nothing is optimistic", async () => {
  const user = userEvent.setup();
  renderRoute(`/jobs/${ACME}`);
  await screen.findByRole("heading", { level: 1, name: "Migrate acme" });
  const job = world.jobs.get(ACME);
  if (!job) throw new Error("the scenario has no acme");
  openVerb("pause", job);
  const dialog = await screen.findByRole("dialog", { name: "Pause Migrate acme" });
  await user.type(within(dialog).getByLabelText("Reason, kept in the audit log"), "look at gw-03");
  await user.click(within(dialog).getByRole("button", { name: "Pause the job" }));
  await waitFor(() =>
    expect(screen.queryByRole("dialog", { name: "Pause Migrate acme" })).toBeNull(),
  );
  expect(world.jobs.get(ACME)?.state).toBe("paused");
  await screen.findAllByText("Paused");
});

test("a pasted id leads to its job, its records and its tenant", async () => {
  const user = userEvent.setup();
  const { router } = renderRoute("/");
  await screen.findByRole("heading", { level: 1, name: "Overview" });
  await user.keyboard("{Meta>}k{/Meta}");
  const field = await screen.findByRole("combobox", { name: "Find or paste any id" });
  await user.type(field, "cor_01J9ZK7PXA6T0E4M1HSB8GQ2RV");
  await screen.findByText("Audit records");
  expect(screen.getByText("Tenant acme")).toBeTruthy();
  await user.keyboard("{Enter}");
  await screen.findByRole("heading", { level: 1, name: "Migrate acme" });
  expect(router.state.location.pathname).toBe(`/jobs/${ACME}`);
});

test("what one may not do stays in the palette, off, with the right one lacks", async () => {
  const user = userEvent.setup();
  world.rights = ["control.jobs.read", "control.tenants.read", "control.audit.read"];
  renderRoute("/settings");
  await screen.findByRole("heading", { level: 1, name: "Settings" });
  await user.keyboard("{Meta>}k{/Meta}");
  await user.type(await screen.findByRole("combobox", { name: "Find or paste any id" }), ACME);
  const pause = await screen.findByRole("option", { name: /^Pause Migrate acme/ });
  expect(pause.getAttribute("aria-disabled")).toBe("true");
  expect(pause.textContent).toContain("You lack control.jobs.pause");
});

test("the palette makes what the Gateway keeps, and goes on with what was not sent", async () => {
  const user = userEvent.setup();
  renderRoute("/");
  await screen.findByRole("heading", { level: 1, name: "Overview" });
  await user.keyboard("{Meta>}k{/Meta}");
  await user.type(await screen.findByRole("combobox", { name: /^Find/ }), "new role");
  await user.keyboard("{Enter}");
  const dialog = await screen.findByRole("dialog", { name: "New role" });
  await user.type(within(dialog).getByLabelText("Name"), "night");
  await user.keyboard("{Escape}");
  await user.click(within(dialog).getByRole("button", { name: "Keep the draft and leave" }));
  await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
  await user.keyboard("{Meta>}k{/Meta}");
  await user.type(await screen.findByRole("combobox", { name: /^Find/ }), "go on");
  await user.keyboard("{Enter}");
  const again = await screen.findByRole("dialog", { name: "New role" });
  expect(within(again).getByLabelText<HTMLInputElement>("Name").value).toBe("night");
});

test("a pasted session id leads to its session", async () => {
  const user = userEvent.setup();
  const { router } = renderRoute("/");
  await screen.findByRole("heading", { level: 1, name: "Overview" });
  await user.keyboard("{Meta>}k{/Meta}");
  const field = await screen.findByRole("combobox", { name: /^Find/ });
  await user.type(field, "ses_01J9ZJ7Q4M8V2T6RX3WB5NC2KF");
  await screen.findByRole("option", { name: /^Session ses_01J9/, selected: true });
  await user.keyboard("{Enter}");
  await screen.findByRole("heading", { level: 1, name: "Session of m.okafor" });
  expect(router.state.location.pathname).toMatch(/^\/sessions\/ses_/);
});

test("chords go to pages, and the palette knows every page", async () => {
  const user = userEvent.setup();
  const { router } = renderRoute("/");
  await screen.findByRole("heading", { level: 1, name: "Overview" });
  await user.keyboard("gj");
  await screen.findByRole("heading", { level: 1, name: "Jobs" });
  expect(router.state.location.pathname).toBe("/jobs");
  await user.keyboard("?");
  await screen.findByRole("dialog", { name: "All keys" });
});

test("rows are walked from anywhere on the page, and the keys act on them", async () => {
  const user = userEvent.setup();
  const { router } = renderRoute("/tenants");
  await screen.findByRole("table", { name: "Tenants" });
  await user.keyboard("jjk");
  expect(document.activeElement?.getAttribute("aria-label")).toBe("Tenants, rows");
  await user.keyboard("j{Enter}");
  await waitFor(() => expect(router.state.location.pathname).toBe("/tenants/hooli"));
});

test("a toast takes no keys away", async () => {
  const user = userEvent.setup();
  const { router } = renderRoute("/");
  await screen.findByRole("heading", { level: 1, name: "Overview" });
  toastError("Migrate hooli was refused", "409 lock_conflict");
  await screen.findByText("Migrate hooli was refused");
  await user.keyboard("gt");
  await screen.findByRole("heading", { level: 1, name: "Tenants" });
  expect(router.state.location.pathname).toBe("/tenants");
});

test("a list that cannot be read says what failed, with both ids, and keeps its place", async () => {
  server.use(
    http.get("*/admin/v1/jobs", () =>
      HttpResponse.json(
        {
          title: "The log cannot be reached now",
          status: 503,
          code: "log_unavailable",
          request_id: "req_x",
          correlation_id: "cor_x",
          detail: "CONTROL_EVENTS has no leader.",
        },
        { status: 503, headers: { "content-type": "application/problem+json" } },
      ),
    ),
  );
  renderRoute("/jobs");
  await screen.findByText("The jobs cannot be read");
  expect(screen.getByText("503 log_unavailable")).toBeTruthy();
  expect(screen.getByText("req_x")).toBeTruthy();
});

test("a session that ends leads to the sign-in, and back afterwards", async () => {
  const user = userEvent.setup();
  const { router } = renderRoute("/");
  await screen.findByRole("heading", { level: 1, name: "Overview" });
  await user.click(screen.getByRole("button", { name: "ines.moreau" }));
  await user.click(await screen.findByRole("menuitem", { name: "Sign out" }));
  await screen.findByRole("heading", { name: "Sign in" });
  expect(world.signedIn).toBe(false);
  await user.type(screen.getByLabelText("User name"), "ines.moreau");
  await user.type(screen.getByLabelText("Password"), "wrong");
  await user.click(screen.getByRole("button", { name: "Sign in" }));
  await screen.findByText("User name or password is wrong.");
  await user.type(screen.getByLabelText("Password"), "correct horse");
  await user.click(screen.getByRole("button", { name: "Sign in" }));
  await screen.findByRole("heading", { level: 1, name: "Overview" });
  expect(router.state.location.pathname).toBe("/");
});

test("a session that ends keeps the form; one signs in over it and goes on", async () => {
  const user = userEvent.setup();
  const { dialog, client } = await openDialog("octan");
  await user.type(within(dialog).getByLabelText("Reason, kept in the audit log"), "CHG-0880");
  world.signedIn = false;
  await client.invalidateQueries({ queryKey: ["jobs"] });
  const again = await screen.findByRole("dialog", { name: "Your session has ended" });
  expect(await violations(again)).toEqual([]);
  await user.type(within(again).getByLabelText("User name"), "ines.moreau");
  await user.type(within(again).getByLabelText("Password"), "correct horse");
  await user.click(within(again).getByRole("button", { name: "Sign in" }));
  await waitFor(() =>
    expect(screen.queryByRole("dialog", { name: "Your session has ended" })).toBeNull(),
  );
  const reason = within(dialog).getByLabelText<HTMLInputElement>("Reason, kept in the audit log");
  expect(reason.value).toBe("CHG-0880");
});
