// The nodes of the mock fleet: two a shard, three Gateways of which one is behind.
import type { NodeHealth } from "~/api/types";
import { now, type World } from "./world";

export function fleetNodes(world: World): NodeHealth[] {
  const revisions = {
    aggregate_placement: world.revisions.aggregate,
    projection_placement: world.revisions.projection,
    runner_placement: world.revisions.runner,
  };
  const blank = {
    admin_url: "http://127.0.0.1:9000",
    version: "1.41.0",
    git_sha: "4c1e7ab",
    started_at: now(-86_400_000),
    checks: [],
    placement_behind: false,
    shard_state: null,
    tenants: null,
    tenants_draining: null,
    max_tenants: null,
    inflight_oldest_ms: null,
    lag_events: null,
    lag_ms: null,
    observed_at: now(-800),
    age_ms: 800,
    error: null,
  };
  const gateways = ["gw-01", "gw-02", "gw-03"].map((node_id): NodeHealth => {
    const behind = node_id === "gw-03";
    return {
      ...blank,
      node_id,
      kind: "gateway",
      status: "ready",
      shard: null,
      inflight: 12,
      placement: behind
        ? { ...revisions, projection_placement: revisions.projection_placement - 1 }
        : revisions,
      placement_behind: behind,
    };
  });
  const nodes = world.shards.map((shard, index): NodeHealth => {
    const node = {
      ...blank,
      node_id: `${shard.id}a`,
      kind: shard.kind,
      shard: shard.id,
      shard_state: shard.state,
    };
    if (shard.unknown) {
      return {
        ...node,
        status: "unknown",
        placement: {},
        placement_behind: null,
        inflight: null,
        version: null,
        age_ms: 72_000,
        error: { code: "node_timeout", message: `${shard.id}a did not answer within 2 s.` },
      };
    }
    return {
      ...node,
      status: shard.id === "agg-05" ? "draining" : "ready",
      placement: { [`${shard.kind}_placement`]: world.revisions[shard.kind] },
      tenants: shard.tenants,
      tenants_draining: 0,
      max_tenants: shard.capacity,
      inflight: (index * 37) % 240,
      inflight_oldest_ms: 120,
      lag_events: shard.id === "prj-02" ? 212 : 0,
      lag_ms: shard.id === "prj-02" ? 1_900 : 0,
    };
  });
  return [...gateways, ...nodes];
}
