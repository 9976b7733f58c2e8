// A node as the API tells of it, everything well; tests change what they are about.
import type { NodeHealth } from "~/api/types";

export function nodeHealth(more: Partial<NodeHealth> = {}): NodeHealth {
  return {
    node_id: "run-01a",
    kind: "runner",
    shard: "run-01",
    shard_state: "active",
    admin_url: "http://run-01a:9001",
    status: "ready",
    version: "1.0.0",
    git_sha: "4c1e7ab",
    started_at: null,
    checks: [],
    placement: {},
    placement_behind: false,
    tenants: null,
    tenants_draining: null,
    max_tenants: null,
    inflight: 1,
    inflight_oldest_ms: null,
    lag_events: 0,
    lag_ms: 0,
    observed_at: "2026-11-24T14:07:36Z",
    age_ms: 800,
    error: null,
    ...more,
  };
}
