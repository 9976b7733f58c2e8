import { expect, test } from "vitest";
import { holds } from "./session";

test("a right covers itself, its tenant only when it has one, and no other", () => {
  expect(holds(["control.jobs.create"], "control.jobs.create", "acme")).toBe(true);
  expect(holds(["control.jobs.create:acme"], "control.jobs.create", "acme")).toBe(true);
  expect(holds(["control.jobs.create:acme"], "control.jobs.create", "globex")).toBe(false);
  expect(holds(["control.jobs.create:acme"], "control.jobs.create")).toBe(false);
  expect(holds(["control.jobs.read"], "control.jobs.create")).toBe(false);
  expect(holds(["control.*"], "control.audit.read")).toBe(true);
});
