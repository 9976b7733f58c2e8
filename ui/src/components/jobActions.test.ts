import { expect, test } from "vitest";
import type { Job, JobStep } from "~/api/types";
import { actionsOfJob, passedStep, reverseOff } from "./jobActions";

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

test("a migration is reversed after it has moved placement and ended", () => {
  const job = (state: Job["state"], step: JobStep["state"]) =>
    reverseOff({ kind: "tenant-migrate", state, steps: [flip(step)] });
  expect(job("succeeded", "done")).toBeUndefined();
  expect(job("running", "done")).toMatch(/running/);
  expect(job("running", "pending")).toMatch(/cancel instead/);
  expect(passedStep({ steps: [flip("pending")] })).toBeUndefined();
});
