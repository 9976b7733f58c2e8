import { expect, test } from "vitest";
import type { Gate, Plan } from "~/api/types";
import { type Draft, missing, verbOf } from "./confirm";

const gate = (id: string, verdict: Gate["verdict"]): Gate => ({
  id,
  verdict,
  observed: "",
  threshold: "",
  observed_at: "",
  max_age_ms: 10_000,
  because: "",
});
const plan = (gates: Gate[], more: Partial<Plan> = {}): Plan =>
  ({ tenant_id: "umbrella", gates, noop: false, irreversible: [], ...more }) as Plan;
const draft = (more: Partial<Draft>): Draft => ({
  plan: plan([gate("target.ready", "pass")]),
  planning: false,
  overrides: {},
  reason: "host lost",
  typed: "umbrella",
  sending: false,
  ...more,
});

test("the verb is on only when everything is there", () => {
  expect(missing(draft({}))).toBeUndefined();
  expect(missing(draft({ reason: "  " }))).toBe("A reason is needed");
  expect(missing(draft({ typed: "umbrel" }))).toBe("2 letters to go");
  expect(missing(draft({ typed: "umbrell" }))).toBe("1 letter to go");
  expect(missing(draft({ typed: "Umbrella" }))).toBe("That is not umbrella");
  expect(missing(draft({ typed: "umbrella2" }))).toBe("That is not umbrella");
  expect(missing(draft({ planning: true }))).toBe("Planning");
  expect(missing(draft({ plan: plan([], { noop: true }) }))).toBe("Nothing to move");
  expect(missing(draft({ sending: true }))).toBe("The API is being asked");
});

test("a gate that does not pass must be answered for, with its own reason", () => {
  const unknown = plan([gate("source.ready", "unknown")]);
  expect(missing(draft({ plan: unknown }))).toBe("source.ready does not pass");
  const on = { "source.ready": { on: true, reason: "" } };
  expect(missing(draft({ plan: unknown, overrides: on }))).toBe("Why is source.ready safe?");
  const answered = { "source.ready": { on: true, reason: "CHG-0874" } };
  expect(missing(draft({ plan: unknown, overrides: answered }))).toBeUndefined();
});

test("an override or something irreversible arms the verb", () => {
  expect(verbOf(draft({}), false)).toEqual({ label: "Migrate", armed: false });
  const overridden = draft({
    plan: plan([gate("source.ready", "unknown")]),
    overrides: { "source.ready": { on: true, reason: "x" } },
  });
  expect(verbOf(overridden, false)).toEqual({ label: "Migrate with override", armed: true });
  expect(verbOf(draft({ plan: plan([], { irreversible: ["drops the copy"] }) }), true)).toEqual({
    label: "Reverse",
    armed: true,
  });
  // An answer for a gate that passes by now is not sent.
  const stale = draft({ overrides: { "target.ready": { on: true, reason: "x" } } });
  expect(verbOf(stale, false).label).toBe("Migrate");
});
