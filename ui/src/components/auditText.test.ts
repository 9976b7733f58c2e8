import { expect, test } from "vitest";
import type { AuditRow } from "~/api/types";
import { auditText, isChange } from "./auditText";

const row = (operation: string, more: Partial<AuditRow> = {}): AuditRow => ({
  seq: "evt-1",
  stream: "events",
  sequence: 1,
  at: "2026-11-24T14:02:11Z",
  operation,
  result: "ok",
  actor: "ines.moreau",
  tenant_id: "acme",
  kind: "tenant-migrate",
  ...more,
});

test("what was done reads as a sentence", () => {
  const what = (operation: string, more?: Partial<AuditRow>) =>
    auditText(row(operation, more)).what;
  expect(what("jobs.create")).toBe("Migrate acme started");
  expect(what("jobs.create", { result: "denied" })).toBe("Migrate acme was denied");
  expect(what("jobs.create", { result: "error" })).toBe("Migrate acme was refused");
  expect(what("job.rolled_back", { result: "error" })).toBe("Migrate acme was rolled back");
  expect(what("jobs.pause", { kind: null })).toBe("Pause of acme asked");
  expect(what("session.create", { tenant_id: null })).toBe("ines.moreau signed in");
  expect(what("policy.write", { tenant_id: null })).toBe("policy.write");
});

test("a flip says from which epoch to which, and by whom", () => {
  const told = auditText(
    row("placement.flip", {
      change: {
        bucket: "projection_placement",
        key: "tenant.acme",
        revision: 2_418,
        before: { shard: "prj-02", epoch: 7 },
        after: { shard: "prj-05", epoch: 8 },
      },
    }),
  );
  expect([told.what, told.note]).toEqual([
    "acme moved to prj-05",
    "projection, epoch 7 → 8 · ines.moreau",
  ]);
});

test("reads and sign-ins are no changes", () => {
  expect(isChange({ operation: "audit.read" })).toBe(false);
  expect(isChange({ operation: "session.create" })).toBe(false);
  expect(isChange({ operation: "placement.flip" })).toBe(true);
});
