import { expect, test } from "vitest";
import type { NodeHealth } from "~/api/types";
import { nodeHealth } from "~/test/node";
import { sumOf, sumText, tallyOf } from "./fleet";

const node = (status: NodeHealth["status"], more: Partial<NodeHealth> = {}) =>
  nodeHealth({ status, ...more });

test("unknown nodes are counted as unknown, never as ready", () => {
  const tally = tallyOf("runner", [
    node("ready"),
    node("ready"),
    node("unknown", { observed_at: "2026-11-24T14:06:24Z" }),
  ]);
  expect(tally.lines.map((line) => line.text)).toEqual(["2 ready", "1 unknown"]);
  expect(tally.lines[1]?.since).toBe(Date.parse("2026-11-24T14:06:24Z"));
});

test("a sum with a silent node is a lower bound, and all silent is unknown, not zero", () => {
  const nodes = [node("ready", { inflight: 3 }), node("unknown", { inflight: null })];
  expect(
    sumText(
      sumOf(nodes, (n) => n.inflight),
      nodes.length,
      String,
    ),
  ).toBe("3 or more");
  const silent = [node("unknown", { inflight: null }), node("unknown", { inflight: null })];
  expect(
    sumText(
      sumOf(silent, (n) => n.inflight),
      silent.length,
      String,
    ),
  ).toBeNull();
});
