import { expect, test } from "vitest";
import type { NodeHealth, PlacementView } from "~/api/types";
import { shardsOf, statusOf } from "./shards";

const node = (shard: string, more: Partial<NodeHealth> = {}): NodeHealth => ({
  node_id: `${shard}a`,
  kind: "runner",
  shard,
  admin_url: "",
  status: "ready",
  checks: [],
  placement: {},
  observed_at: "",
  age_ms: 0,
  inflight: 1,
  lag_events: 0,
  ...more,
});
const placement: PlacementView = {
  service_kind: "runner",
  revision: 812,
  source: "kv",
  shards: [{ shard: "run-01", state: "active", tenants: 80, max_tenants: 100 }],
  as_of: { seq: "1-1", age_ms: 0 },
};

test("a shard joins the map with its nodes, and a shard only nodes know is still shown", () => {
  const shards = shardsOf("runner", placement, [node("run-01"), node("run-02")]);
  expect(shards.map(({ shard, used, inflight }) => [shard, used, inflight])).toEqual([
    ["run-01", 0.8, 1],
    ["run-02", null, 1],
  ]);
});

test("one silent node makes the sum of its shard unknown", () => {
  const nodes = [
    node("run-01"),
    node("run-01", { node_id: "b", status: "unknown", inflight: null }),
  ];
  const [shard] = shardsOf("runner", placement, nodes);
  expect(shard?.inflight).toBeNull();
  expect(statusOf(nodes)).toBe("unknown");
});
