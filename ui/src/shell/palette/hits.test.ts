import { expect, test } from "vitest";
import { hitHref, hitTitle } from "./hits";

test("a job is called as everywhere else, and an unknown title stays", () => {
  expect(hitTitle({ type: "job", title: "tenant-migrate of acme" })).toBe("Migrate acme");
  expect(hitTitle({ type: "job", title: "Migrate acme" })).toBe("Migrate acme");
  expect(hitTitle({ type: "tenant", title: "Tenant acme" })).toBe("Tenant acme");
});

test("a tenant leads to its own page", () => {
  expect(hitHref({ type: "tenant", id: "acme", href: "/tenants?tenant=acme" })).toBe(
    "/tenants/acme",
  );
  expect(hitHref({ type: "audit", id: "evt-1", href: "/audit" })).toBe("/audit");
});
