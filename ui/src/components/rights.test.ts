import { expect, test } from "vitest";
import type { Role } from "~/api/govern/types";
import type { Session } from "~/api/types";
import { reachOf } from "~/session/reach";
import { beyond, byArea, effectiveRights, whyHeld } from "./rights";

const role = (name: string, rights: string[]) => ({ role: name, rights }) as Role;
const roles = [
  role("viewer", ["control.jobs.read"]),
  role("support", ["control.jobs.read", "control.tenants.read"]),
];

test("a right is held by a role, of one's own, or both, and that is said", () => {
  const user = { roles: ["viewer", "support"], rights: ["control.jobs.read"], tenant_id: null };
  expect(whyHeld("control.jobs.read", user, roles)).toEqual({
    roles: ["viewer", "support"],
    own: true,
  });
  expect(whyHeld("control.tenants.read", user, roles)).toEqual({ roles: ["support"], own: false });
});

test("whoever is bound to a tenant holds everything for that tenant only", () => {
  const user = { roles: ["support"], rights: [], tenant_id: "acme" };
  const held = effectiveRights(user, roles);
  expect(held).toEqual(["control.jobs.read:acme", "control.tenants.read:acme"]);
  expect(whyHeld("control.jobs.read:acme", user, roles).roles).toEqual(["support"]);
});

test("a right with a tenant behind it reaches that tenant, one without reaches all", () => {
  const session = (...rights: string[]) => ({ rights }) as Session;
  expect(reachOf(session("control.iam.write"), "control.iam.write")).toBe("all");
  expect(reachOf(session("control.*"), "control.iam.write")).toBe("all");
  expect(reachOf(session("control.iam.write:acme"), "control.iam.write")).toEqual(["acme"]);
  expect(reachOf(session("control.iam.read"), "control.iam.write")).toEqual([]);
});

test("rights stand by their area", () => {
  const rows = ["control.jobs.read", "control.iam.read", "control.*"].map((right) => ({ right }));
  expect(byArea(rows).map(([area]) => area)).toEqual(["*", "iam", "jobs"]);
});

test("a role that reaches beyond a tenant cannot be given to who is bound to it", () => {
  expect(beyond(["control.jobs.read"], "acme")).toBeUndefined();
  expect(beyond(["control.jobs.read:acme"], "acme")).toBeUndefined();
  expect(beyond(["control.jobs.read:globex"], "acme")).toMatch(/beyond acme/);
  expect(beyond(["control.*"], "acme")).toMatch(/beyond acme/);
  expect(beyond(["control.*"], undefined)).toBeUndefined();
});
