import { expect, test } from "vitest";
import type { Job, JobStep } from "~/api/types";
import { actionsOfJob, offLine, passedStep, reverseOff } from "./jobActions";

const flip = (state: JobStep["state"]): JobStep => ({
  id: "07.flip",
  kind: "flip",
  title: "",
  target: "",
  state,
  attempt: 0,
  expected_ms: 1,
  point_of_no_return: true,
});
const actions: Job["actions"] = [
  { verb: "cancel", allowed: false, because: "Past 07.flip: reverse it instead." },
  { verb: "pause", allowed: true, because: "" },
  { verb: "resume", allowed: false, because: "It is not paused." },
];

test("the API says which verbs are possible and why the others are not", () => {
  const shown = actionsOfJob({ state: "running", actions });
  expect(shown.map((action) => [action.verb, action.off])).toEqual([
    ["retry", "Not possible now."],
    ["cancel", "Past 07.flip: reverse it instead."],
    ["pause", undefined],
  ]);
  expect(actionsOfJob({ state: "paused", actions }).at(-1)?.verb).toBe("resume");
});

test("a migration is reversed once it has moved placement, also while it still runs", () => {
  const job = (state: Job["state"], step: JobStep["state"]) =>
    reverseOff({ kind: "tenant-migrate", state, steps: [flip(step)] });
  expect(job("succeeded", "done")).toBeUndefined();
  expect(job("running", "done")).toBeUndefined();
  expect(job("paused", "waiting")).toBeUndefined();
  expect(job("running", "pending")).toMatch(/cancel instead/);
  expect(job("rolled_back", "pending")).toMatch(/nothing to take back/);
  expect(passedStep({ steps: [flip("pending")] })).toBeUndefined();
});

test("one short line says why verbs are off, and past the flip it names the way back", () => {
  const job = { state: "running" as const, actions, steps: [flip("done")] };
  expect(offLine(job, actionsOfJob(job))).toBe(
    "Retry is for a job that is stuck. Past 07.flip, so reverse instead of cancel.",
  );
});
