// How a migration is planned in the mock: the same steps, gates and numbers for the same world.
import type { Gate, MigrateParams, Plan, PlanStep, ServiceKind, TenantRow } from "~/api/types";
import { hexOf, now, type Shard, type World } from "./world";

const MAX_AGE_MS = 10_000;
const MIN_HEADROOM = 0.2;
const DRAIN_ORDER: ServiceKind[] = ["runner", "aggregate", "projection"];

export type Targets = Partial<Record<ServiceKind, string | null>>;

export function headroom(shard: Shard, more = 0): number {
  return 1 - (shard.tenants + more) / shard.capacity;
}

/** Most headroom first; not the source, not cordoned, not silent. */
function choose(world: World, kind: ServiceKind, source: string): string | undefined {
  return world.shards
    .filter((s) => s.kind === kind && s.id !== source && s.state === "active" && !s.unknown)
    .sort((a, b) => headroom(b) - headroom(a))[0]?.id;
}

type Chosen = { kind: ServiceKind; source: Shard; target: Shard; epoch: number };

const side = (shard: string) => ({
  shard,
  nodes: [
    {
      node_id: `${shard}a`,
      data_url: `http://${shard}a.mock:9000`,
      admin_url: `http://${shard}a.mock:9001`,
    },
  ],
});

export function plan(
  world: World,
  tenant: TenantRow,
  { targets, reverse_of }: { targets: Targets; reverse_of?: string | null },
): Plan | string {
  const chosen: Chosen[] = [];
  for (const kind of DRAIN_ORDER) {
    if (!(kind in targets)) continue;
    const entry = tenant.placement[kind];
    const source = world.shards.find((s) => s.id === entry?.shard);
    if (!entry || !source) return `${tenant.tenant_id} has no ${kind} placement`;
    const wanted = targets[kind] ?? choose(world, kind, source.id);
    const target = world.shards.find((s) => s.kind === kind && s.id === wanted);
    if (!target) return `there is no ${kind} shard ${wanted}`;
    if (target.id !== source.id) chosen.push({ kind, source, target, epoch: entry.epoch });
  }
  const steps = stepsOf(tenant.tenant_id, chosen);
  const gates = gatesOf(chosen);
  const spec = {
    kind: "tenant-migrate",
    params: {
      targets: Object.fromEntries(chosen.map((c) => [c.kind, c.target.id])),
      ...(reverse_of ? { reverse_of } : {}),
    } satisfies MigrateParams,
  } as const;
  const single = chosen.length === 1;
  return {
    plan_hash: hexOf(JSON.stringify([spec, tenant.tenant_id, world.revisions, steps])),
    spec,
    tenant_id: tenant.tenant_id,
    base: {
      moves: chosen.map((c) => ({
        service_kind: c.kind,
        source: side(c.source.id),
        target: side(c.target.id),
        from_epoch: c.epoch,
        to_epoch: c.epoch + 1,
        revision: world.revisions[c.kind],
        pinned: false,
      })),
      gateways: { "gw-01": "", "gw-02": "", "gw-03": "" },
      policy_revision: 14,
    },
    steps,
    reverse_steps: chosen.map((c) => ({
      of: "migration",
      title: `${tenant.tenant_id} ${c.target.id} → ${c.source.id}`,
    })),
    effects: chosen.map((c) => ({
      bucket: `${c.kind}_placement`,
      key: `tenant.${tenant.tenant_id}`,
      revision: world.revisions[c.kind],
      before: { shard: c.source.id, epoch: c.epoch },
      after: { shard: c.target.id, epoch: c.epoch + 1 },
    })),
    gates,
    blast_radius: {
      tenants: 1,
      shards: chosen.length * 2,
      inflight: chosen.some((c) => c.source.unknown) ? null : (tenant.inflight ?? null),
      paused_ms: 36_000 * (single ? 1 : chosen.length),
    },
    irreversible: [],
    warnings: chosen
      .filter((c) => c.source.unknown)
      .map(
        (c) =>
          `04.drain: ${c.source.id} is unknown, so this step waits 30 s for leases to end instead of asking it.`,
      ),
    approvals: [],
    eta_ms: steps.reduce((sum, step) => sum + step.expected_ms, 0),
    noop: chosen.length === 0,
    pre_states: {},
  };
}

function stepsOf(tenant: string, chosen: Chosen[]): PlanStep[] {
  if (chosen.length === 0) return [];
  const steps: Omit<PlanStep, "id">[] = [];
  const both = chosen.map((c) => `${c.source.id}, ${c.target.id}`).join(", ");
  const add = (
    kind: PlanStep["kind"],
    title: string,
    target: string,
    expected_ms: number,
    more: Partial<PlanStep> = {},
  ) => steps.push({ kind, title, target, expected_ms, ...more });
  add("probe-undo", "Check that every undo works", both, 2_000);
  for (const c of chosen) {
    const of = { service_kind: c.kind };
    add("prepare", `Prepare ${tenant}, epoch ${c.epoch + 1}`, c.target.id, 4_000, {
      ...of,
      undo: "release",
    });
    add("catch-up", `Follow ${tenant} up to now`, c.target.id, 10_000, of);
  }
  for (const c of chosen) {
    add("drain", `Drain ${tenant}`, c.source.id, 30_000, { service_kind: c.kind, undo: "undrain" });
  }
  for (const c of chosen) {
    const of = { service_kind: c.kind };
    add("position", "Read the final position", c.source.id, 1_000, of);
    add("hold", "Hold there, digests equal", c.target.id, 3_000, of);
  }
  for (const [index, c] of chosen.entries()) {
    add("flip", `Point placement to ${c.target.id}`, `${c.kind}_placement`, 1_000, {
      service_kind: c.kind,
      point_of_no_return: index === 0,
    });
  }
  for (const c of [...chosen].reverse()) {
    add("activate", `Activate ${tenant}`, c.target.id, 1_000, { service_kind: c.kind });
  }
  add("barrier", "Every Gateway applies the flip", "3 Gateways", 5_000);
  add("soak", "Hold for 2 min, nothing lost", "fleet", 120_000);
  const several = chosen.length > 1;
  return steps.map((step, index) => ({
    ...step,
    id: `${String(index + 1).padStart(2, "0")}.${step.kind}${several && step.service_kind ? `-${step.service_kind}` : ""}`,
  }));
}

function gatesOf(chosen: Chosen[]): Gate[] {
  const several = chosen.length > 1;
  const gates = chosen.flatMap((c) => {
    const name = (gate: string) => (several ? `${c.kind}.${gate}` : gate);
    const free = headroom(c.target, 1);
    const pass = (
      id: string,
      observed: string,
      threshold: string,
      holds = true,
      because = "",
    ): Gate => ({
      id: name(id),
      verdict: holds ? "pass" : "fail",
      observed,
      threshold,
      observed_at: now(-800),
      max_age_ms: MAX_AGE_MS,
      because: holds ? "" : because,
    });
    const source: Gate = c.source.unknown
      ? {
          ...pass("source.ready", "no reading", "ready"),
          verdict: "unknown",
          observed_at: now(-72_000),
          because: `${c.source.id} has not answered for 1 m 12 s; a reading older than 10 s counts as unknown. If it still runs, it stops serving the tenant as soon as it sees epoch ${c.epoch + 1}.`,
        }
      : pass("source.ready", "ready", "ready");
    return [
      source,
      pass("target.ready", "ready", "ready"),
      pass(
        "target.headroom",
        `${(free * 100).toFixed(1)} %`,
        "≥ 20 %",
        free >= MIN_HEADROOM,
        `${c.target.id} would be left with less than the policy allows.`,
      ),
      pass(
        "target.uncordoned",
        c.target.state,
        "active",
        c.target.state === "active",
        `${c.target.id} is cordoned: it keeps what it has and takes no more.`,
      ),
      pass("target.max_tenants", `${c.target.tenants + 1} with this`, `≤ ${c.target.capacity}`),
    ];
  });
  if (chosen.length === 0) return [];
  return [
    ...gates,
    {
      id: "routing.converged",
      verdict: "pass",
      observed: "3 of 3",
      threshold: "3 of 3",
      observed_at: now(-1_200),
      max_age_ms: MAX_AGE_MS,
      because: "",
    },
  ];
}
