// Each primitive: what it shows, what its keys do, and no axe violation in any of its states.
import { render, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { describe, expect, test, vi } from "vitest";
import { violations } from "~/test/axe";
import { renderUi } from "~/test/render";
import { Banner } from "~/ui/Banner";
import { Bar } from "~/ui/Bar";
import { Breadcrumbs } from "~/ui/Breadcrumbs";
import { Button } from "~/ui/Button";
import { DataTable } from "~/ui/DataTable";
import { DiffBlock } from "~/ui/DiffBlock";
import { EmptyState } from "~/ui/EmptyState";
import { ErrorState, problemText } from "~/ui/ErrorState";
import { FilterChip } from "~/ui/FilterChip";
import { FreshnessChip } from "~/ui/FreshnessChip";
import { GateList, GateRow } from "~/ui/GateRow";
import { IdChip } from "~/ui/IdChip";
import { Checkbox, Field } from "~/ui/Input";
import { Menu } from "~/ui/Menu";
import { Modal } from "~/ui/Modal";
import { Segmented } from "~/ui/Segmented";
import { Select } from "~/ui/Select";
import { ShardChip } from "~/ui/ShardChip";
import { Skeleton } from "~/ui/Skeleton";
import { Status } from "~/ui/Status";
import { Tabs } from "~/ui/Tabs";
import { Time } from "~/ui/Time";
import { toastError } from "~/util/toasts";
import { zoneStore } from "~/util/zone";
import { Controls } from "./Controls";
import { Data } from "./Data";
import { Feedback } from "./Feedback";

describe("axe finds nothing", () => {
  test.each([
    ["controls", <Controls key="c" />],
    ["feedback", <Feedback key="f" />],
    ["data", <Data key="d" />],
  ])("in %s", async (_name, children) => {
    const { container } = render(<main>{children}</main>);
    expect(await violations(container)).toEqual([]);
  });
});

test("a button that is off stays focusable, says why and does nothing", async () => {
  const onClick = vi.fn();
  render(
    <Button off="Past 07.flip, so reverse instead." onClick={onClick}>
      Cancel
    </Button>,
  );
  const button = screen.getByRole("button", { name: "Cancel" });
  await userEvent.click(button);
  expect(onClick).not.toHaveBeenCalled();
  button.focus();
  expect(document.activeElement).toBe(button);
  expect(button.getAttribute("aria-disabled")).toBe("true");
  const reason = document.getElementById(button.getAttribute("aria-describedby") ?? "");
  expect(reason?.textContent).toBe("Past 07.flip, so reverse instead.");
});

test("a field ties its label and its error to the input", () => {
  render(<Field label="User name" error="Enter your user name" />);
  const input = screen.getByLabelText("User name");
  expect(input.getAttribute("aria-invalid")).toBe("true");
  const note = document.getElementById(input.getAttribute("aria-describedby") ?? "");
  expect(note?.textContent).toBe("Enter your user name");
});

test("a checkbox shows that only some are chosen", () => {
  render(<Checkbox label="All" indeterminate readOnly />);
  expect(screen.getByRole<HTMLInputElement>("checkbox").indeterminate).toBe(true);
});

test("a state always has its word beside its shape", () => {
  const { container } = render(
    <Status tone="unk" icon="unknown">
      Unknown
    </Status>,
  );
  expect(screen.getByText("Unknown")).toBeTruthy();
  expect(container.querySelector("svg")?.getAttribute("aria-hidden")).toBe("true");
});

test("an id is cut in the middle and copied whole", async () => {
  const user = userEvent.setup();
  render(<IdChip id="job_01J9ZK7Q4M8V2T6RX3WB5NCE0H" noun="job id" />);
  expect(screen.getByText("job_01J9…CE0H").getAttribute("title")).toMatch(/^job_.*CE0H$/);
  await user.click(screen.getByRole("button", { name: "Copy job id" }));
  expect(await navigator.clipboard.readText()).toBe("job_01J9ZK7Q4M8V2T6RX3WB5NCE0H");
  expect(await screen.findByText("Copied")).toBeTruthy();
});

test("a shard on the move names both ends and the epoch", () => {
  const { container } = render(<ShardChip shard="prj-02" to="prj-05" epoch={8} />);
  expect(container.textContent).toBe("prj-02→prj-05e8");
});

test("freshness says stale when the head is not known or too far away", () => {
  const { container, rerender } = render(<FreshnessChip read={7} head={7} ageMs={300} />);
  expect(container.textContent).not.toContain("stale");
  rerender(<FreshnessChip read={7} ageMs={300} />);
  expect(container.textContent).toContain("/ unknown");
  expect(container.textContent).toContain("stale");
  rerender(<FreshnessChip read={7} head={9} ageMs={2_001} />);
  expect(container.textContent).toContain("stale");
  rerender(<FreshnessChip waitingFor={90_347} />);
  expect(container.textContent).toContain("waiting for seq 90,347");
});

test("a filter is removed by its own button", async () => {
  const onRemove = vi.fn();
  render(<FilterChip field="State" operator="is" value="stuck" onRemove={onRemove} />);
  await userEvent.click(screen.getByRole("button", { name: "Remove filter State is stuck" }));
  expect(onRemove).toHaveBeenCalledOnce();
});

test("a gate says why whenever it does not pass, and unknown is never zero", () => {
  render(
    <GateList label="Gates">
      <GateRow
        gate={{
          name: "source.ready",
          verdict: "unknown",
          observed: "no reading",
          limit: "ready",
          because: "run-03 is silent.",
        }}
      />
      <GateRow
        gate={{ name: "a", verdict: "pass", observed: "0", limit: "0", because: "hidden" }}
      />
    </GateList>,
  );
  expect(screen.getByText("Unknown")).toBeTruthy();
  expect(screen.getByText("run-03 is silent.")).toBeTruthy();
  expect(screen.queryByText("hidden")).toBeNull();
});

test("a difference shows what was and what will be", () => {
  const { container } = render(
    <DiffBlock diffs={[{ key: "tenant.a", before: "x", after: "y" }]} />,
  );
  expect(container.textContent).toContain("−beforex");
  expect(container.textContent).toContain("+aftery");
});

test("a bar never leaves its track", () => {
  const { container } = render(<Bar share={1.4} />);
  expect(container.querySelectorAll("rect")[1]?.getAttribute("width")).toBe("100");
});

test("crumbs mark the page one is on", () => {
  render(
    <Breadcrumbs>
      <span>Operate</span>
      <span>Jobs</span>
    </Breadcrumbs>,
  );
  expect(screen.getByText("Jobs").closest("li")?.getAttribute("aria-current")).toBe("page");
});

test("a time is UTC until somebody asks for local, and always machine readable", () => {
  const { container } = render(<Time at="2026-11-24T14:02:11.004Z" style="full" />);
  expect(container.textContent).toBe("2026-11-24 14:02:11Z");
  expect(container.querySelector("time")?.dateTime).toBe("2026-11-24T14:02:11.004Z");
  zoneStore.set("utc");
});

test("a banner that is urgent is read out at once", () => {
  render(
    <Banner tone="bad" icon="bad" title="Stuck." urgent>
      The lock is kept.
    </Banner>,
  );
  expect(screen.getByRole("alert").textContent).toContain("The lock is kept.");
});

test("an empty state teaches the exact command", () => {
  render(
    <EmptyState title="No job yet" command="curl $CONTROL">
      A job is one move.
    </EmptyState>,
  );
  expect(screen.getByText("curl $CONTROL")).toBeTruthy();
  expect(screen.getByRole("button", { name: "Copy command" })).toBeTruthy();
});

test("an error shows its code and both ids, and copies them for support", () => {
  const problem = {
    title: "Cannot be read",
    detail: "No leader.",
    code: "503 log_unavailable",
    requestId: "req_1",
    correlationId: "cor_1",
  };
  render(<ErrorState problem={problem} />);
  expect(screen.getByRole("alert").textContent).toContain("503 log_unavailable");
  expect(problemText(problem)).toBe(
    "Cannot be read\nNo leader.\ncode 503 log_unavailable\nrequest req_1\ncorrelation cor_1",
  );
});

test("loading keeps the real heads and says what it waits for", () => {
  render(<Skeleton what="tenants" columns={[{ head: "Tenant" }]} rows={2} />);
  expect(screen.getByRole("status", { name: "Loading tenants" })).toBeTruthy();
});

test("segments, tabs and a select change what the caller holds", async () => {
  const user = userEvent.setup();
  const onZone = vi.fn();
  const onTab = vi.fn();
  const onTarget = vi.fn();
  render(
    <>
      <Segmented
        label="Zone"
        value="utc"
        options={[
          { value: "utc", label: "UTC" },
          { value: "local", label: "Local" },
        ]}
        onChange={onZone}
      />
      <Tabs
        label="Story"
        value="events"
        tabs={[
          { id: "events", label: "Events" },
          { id: "audit", label: "Audit" },
        ]}
        onChange={onTab}
      >
        x
      </Tabs>
      <Select
        label="Target"
        value="a"
        options={[
          { value: "a", label: "run-01" },
          { value: "b", label: "run-02" },
        ]}
        onChange={onTarget}
      />
    </>,
  );
  await user.click(screen.getByRole("button", { name: "Local" }));
  expect(onZone).toHaveBeenCalledWith("local");
  await user.click(screen.getByRole("tab", { name: "Audit" }));
  expect(onTab).toHaveBeenCalledWith("audit");
  await user.selectOptions(screen.getByRole("combobox", { name: "Target" }), "b");
  expect(onTarget).toHaveBeenCalledWith("b");
});

test("a menu keeps a verb that is off, with its reason, and does not run it", async () => {
  const user = userEvent.setup();
  const onSelect = vi.fn();
  render(
    <Menu
      label="Row"
      trigger={<Button>Actions</Button>}
      items={[{ id: "u", label: "Undrain", off: "bluth is not draining.", onSelect }]}
    />,
  );
  await user.click(screen.getByRole("button", { name: "Actions" }));
  await user.click(await screen.findByText("bluth is not draining."));
  expect(onSelect).not.toHaveBeenCalled();
});

test("a dialog takes the focus, closes on escape and has a name", async () => {
  const onClose = vi.fn();
  const user = userEvent.setup();
  renderUi(
    <Modal open onClose={onClose} title="Cancel Migrate acme">
      <Field label="Reason" />
    </Modal>,
  );
  const dialog = await screen.findByRole("dialog", { name: "Cancel Migrate acme" });
  expect(within(dialog).getByLabelText("Reason")).toBeTruthy();
  await user.keyboard("{Escape}");
  expect(onClose).toHaveBeenCalled();
});

test("a failure is told with its code and ids and stays", async () => {
  renderUi(<p>page</p>);
  toastError("Migrate hooli was refused", "409 lock_conflict", [
    { id: "req_1", noun: "request id" },
  ]);
  expect(await screen.findByText("409 lock_conflict")).toBeTruthy();
  expect(screen.getByRole("button", { name: "Copy request id" })).toBeTruthy();
});

test("a table of ten thousand rows puts only a screen of them in the document and follows its keys", async () => {
  const rows = Array.from({ length: 10_000 }, (_, index) => ({ id: `row-${index}` }));
  const onOpen = vi.fn();
  const onSelect = vi.fn();
  render(
    <DataTable
      label="Rows"
      rows={rows}
      rowId={(row) => row.id}
      columns={[{ id: "id", head: "Id", cell: (row) => row.id }]}
      selected={new Set()}
      onSelect={onSelect}
      onOpen={onOpen}
    />,
  );
  expect(screen.getAllByRole("row").length).toBeLessThan(80);
  expect(screen.getByRole("table").getAttribute("aria-rowcount")).toBe("10001");
  screen.getByRole("group", { name: "Rows, rows" }).focus();
  await userEvent.keyboard("jjkx{Enter}");
  expect(onSelect).toHaveBeenCalledWith(new Set(["row-0"]));
  expect(onOpen).toHaveBeenCalledWith({ id: "row-0" });
});
