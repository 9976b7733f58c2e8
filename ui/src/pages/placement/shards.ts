// Shards as the operator compares them: the placement map says who owns what, the nodes say how
// they are. Pure; what a node did not tell stays null.
import type { NodeHealth, PlacementView, ServiceKind } from "~/api/types";

export type Shard = {
  kind: ServiceKind;
  shard: string;
  state: "active" | "cordoned" | null;
  tenants: number | null;
  /** Share of `max_tenants`, 0 to 1. */
  used: number | null;
  nodes: NodeHealth[];
  inflight: number | null;
  lagEvents: number | null;
};

/** Null as soon as one node did not tell: a part of a sum is not the sum. */
function total(
  nodes: readonly NodeHealth[],
  read: (node: NodeHealth) => number | null | undefined,
) {
  if (nodes.length === 0) return null;
  let sum = 0;
  for (const node of nodes) {
    const value = read(node);
    if (typeof value !== "number") return null;
    sum += value;
  }
  return sum;
}

export function shardsOf(
  kind: ServiceKind,
  placement: PlacementView | undefined,
  nodes: readonly NodeHealth[],
): Shard[] {
  const of = (shard: string) => nodes.filter((node) => node.kind === kind && node.shard === shard);
  const names = new Set([
    ...(placement?.shards ?? []).map(({ shard }) => shard),
    ...nodes.flatMap((node) => (node.kind === kind && node.shard ? [node.shard] : [])),
  ]);
  return [...names].sort().map((shard) => {
    const placed = placement?.shards.find((each) => each.shard === shard);
    const mine = of(shard);
    const tenants = placed?.tenants ?? mine[0]?.tenants ?? null;
    const max = placed?.max_tenants ?? null;
    return {
      kind,
      shard,
      state: placed?.state ?? mine[0]?.shard_state ?? null,
      tenants,
      used: tenants !== null && max ? tenants / max : null,
      nodes: mine,
      inflight: total(mine, (node) => node.inflight),
      lagEvents: total(mine, (node) => node.lag_events),
    };
  });
}

/** Worst word of its nodes; unknown beats everything. */
export function statusOf(nodes: readonly NodeHealth[]): NodeHealth["status"] | "none" {
  for (const status of ["unknown", "not_ready", "draining"] as const) {
    if (nodes.some((node) => node.status === status)) return status;
  }
  return nodes.length > 0 ? "ready" : "none";
}
