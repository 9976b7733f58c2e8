import { expect, test } from "vitest";
import type { NodeHealth, PlacementMap } from "~/api/types";
import { nodeHealth } from "~/test/node";
import { commonLimit, shardsOf, statusOf } from "./shards";

const node = (shard: string, more: Partial<NodeHealth> = {}) =>
  nodeHealth({ node_id: `${shard}a`, shard, ...more });
const map: Pick<PlacementMap, "shards"> = {
  shards: [
    { shard: "run-01", revision: 1, tenants: 80, entry: { v: 1, nodes: [], state: "active" } },
  ],
};

test("a shard joins the map with its nodes, and a shard only nodes know is still shown", () => {
  const shards = shardsOf("runner", map, [node("run-01", { max_tenants: 100 }), node("run-02")]);
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
  const [shard] = shardsOf("runner", map, nodes);
  expect(shard?.inflight).toBeNull();
  expect(statusOf(nodes)).toBe("unknown");
});

test("a shard holds what its smallest node may hold, and nothing is known when one does not say", () => {
  const two = (limit: number | null) => [
    node("run-01", { max_tenants: 100 }),
    node("run-01", { node_id: "b", max_tenants: limit }),
  ];
  const [small] = shardsOf("runner", map, two(90));
  expect(small?.limit).toBe(90);
  const silent = shardsOf("runner", map, two(null));
  expect(silent[0]?.used).toBeNull();
  expect(commonLimit(silent)).toBeNull();
});
