import { expect, test } from "vitest";
import type { Gate, Job, JobStep } from "~/api/types";
import { chartOf, fencePosition, gateGroups, gateView, whyLine } from "./derive";

const step = (id: string, state: JobStep["state"], more: Partial<JobStep> = {}): JobStep => ({
  id,
  kind: id.slice(3) as JobStep["kind"],
  title: id,
  target: "",
  state,
  attempt: 1,
  expected_ms: 1_000,
  point_of_no_return: false,
  ...more,
});
const gate = (id: string, step_id: string | null, verdict: Gate["verdict"] = "pass"): Gate => ({
  id,
  verdict,
  observed: "",
  threshold: "",
  observed_at: "2026-11-24T14:07:35Z",
  max_age_ms: 10_000,
  because: "",
  step_id,
});
const now = Date.parse("2026-11-24T14:07:36Z");

test("a waiting step says what is seen, when it is tried next and when it gives up", () => {
  const line = whyLine(
    step("09.barrier", "waiting", {
      waiting_because: "gw-03 reports 2,417 and needs 2,418",
      next_try_at: "2026-11-24T14:07:39Z",
      gives_up_at: "2026-11-24T14:11:55Z",
    }),
    "utc",
    now,
  );
  expect(line?.replaceAll("\u00a0", " ")).toBe(
    "gw-03 reports 2,417 and needs 2,418. Next try 14:07:39Z, in 3 s. Gives up at 14:11:55Z.",
  );
  expect(whyLine(step("01.probe", "done"), "utc", now)).toBeUndefined();
});

test("gates stand in the order an operator asks about them", () => {
  const job = {
    steps: [step("07.flip", "done"), step("09.barrier", "waiting"), step("10.soak", "pending")],
    gates: [
      gate("target.ready", null),
      gate("source.inflight", "07.flip"),
      gate("target.lag", "10.soak"),
      gate("routing.converged", "09.barrier", "fail"),
    ],
  } as Job;
  expect(gateGroups(job).map(({ head }) => head)).toEqual([
    "Holds 09.barrier",
    "Before 10.soak",
    "Held at 07.flip",
    "At preflight",
  ]);
});

test("a gate that still has time says Not yet; a preflight gate that fails says Fail", () => {
  const job = { steps: [step("09.barrier", "waiting")] };
  expect(gateView(gate("a", "09.barrier", "fail"), job, now).verdict).toBe("not_yet");
  expect(gateView(gate("a", null, "fail"), job, now).verdict).toBe("fail");
  expect(gateView(gate("a", "09.barrier", "unknown"), job, now).verdict).toBe("unknown");
});

test("a fence names its incarnation and its commit", () => {
  expect(fencePosition(2 ** 40 + 90_310)).toBe("1-90310");
});

test("what was undone shows its undo, not everything since it began", () => {
  const at = (second: number) => new Date(Date.UTC(2026, 10, 24, 14, 0, second)).toISOString();
  const job = {
    state: "cancelled",
    updated_at: at(20),
    steps: [
      step("02.prepare", "undone", {
        started_at: at(0),
        undo_started_at: at(16),
        finished_at: at(17),
      }),
    ],
  } as unknown as Job;
  const [row] = chartOf(job, Date.parse(at(30))).rows;
  expect(row?.actualMs).toBe(1_000);
  expect(row?.isLate).toBe(false);
});

test("a step that failed lasted until the job gave up on it", () => {
  const at = (second: number) => new Date(Date.UTC(2026, 10, 24, 14, 0, second)).toISOString();
  const job = {
    state: "paused",
    updated_at: at(40),
    steps: [step("09.barrier", "failed", { started_at: at(0) })],
  } as unknown as Job;
  expect(chartOf(job, Date.parse(at(90))).rows[0]?.actualMs).toBe(40_000);
});
