// Shards as the operator compares them: the placement map says who owns what, the nodes say how
// they are and how many they may hold. Pure; what a node did not tell stays null.
import type { NodeHealth, PlacementMap, ServiceKind } from "~/api/types";

/** The gate `target.headroom` of the policy: the free share that a target must keep. */
export const MIN_HEADROOM = 0.2;

export type Shard = {
  kind: ServiceKind;
  shard: string;
  state: "active" | "cordoned" | null;
  tenants: number | null;
  /** Most tenants it may hold: the least of its nodes' limits. */
  limit: number | null;
  /** Share of the limit, 0 to 1. */
  used: number | null;
  nodes: NodeHealth[];
  inflight: number | null;
  lagEvents: number | null;
};

/** Null as soon as one node did not tell: a part of a sum is not the sum. */
function told(
  nodes: readonly NodeHealth[],
  read: (node: NodeHealth) => number | null | undefined,
): number[] | null {
  const values = nodes.map(read).filter((value) => typeof value === "number");
  return values.length === nodes.length && values.length > 0 ? values : null;
}

const sum = (values: number[] | null) =>
  values === null ? null : values.reduce((total, value) => total + value, 0);

export function shardsOf(
  kind: ServiceKind,
  map: Pick<PlacementMap, "shards"> | undefined,
  nodes: readonly NodeHealth[],
): Shard[] {
  const of = (shard: string) => nodes.filter((node) => node.kind === kind && node.shard === shard);
  const names = new Set([
    ...(map?.shards ?? []).map(({ shard }) => shard),
    ...nodes.flatMap((node) => (node.kind === kind && node.shard ? [node.shard] : [])),
  ]);
  return [...names].sort().map((shard) => {
    const placed = map?.shards.find((each) => each.shard === shard);
    const mine = of(shard);
    const tenants = placed?.tenants ?? mine[0]?.tenants ?? null;
    const limits = told(mine, (node) => node.max_tenants);
    const limit = limits ? Math.min(...limits) : null;
    return {
      kind,
      shard,
      state: placed?.entry.state ?? mine[0]?.shard_state ?? null,
      tenants,
      limit,
      used: tenants !== null && limit ? tenants / limit : null,
      nodes: mine,
      inflight: sum(told(mine, (node) => node.inflight)),
      lagEvents: sum(told(mine, (node) => node.lag_events)),
    };
  });
}

/** The one limit of all shards of a kind, when they agree. */
export function commonLimit(shards: readonly Shard[]): number | null {
  const [first] = shards;
  return first && shards.every(({ limit }) => limit === first.limit) ? first.limit : null;
}

/** Worst word of its nodes; unknown beats everything. */
export function statusOf(nodes: readonly NodeHealth[]): NodeHealth["status"] | "none" {
  for (const status of ["unknown", "not_ready", "draining"] as const) {
    if (nodes.some((node) => node.status === status)) return status;
  }
  return nodes.length > 0 ? "ready" : "none";
}
