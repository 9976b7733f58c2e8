// The fleet in a few numbers, computed from its nodes. Unknown stays unknown: it is never counted
// as ready and never added as zero.
import type { NodeHealth, NodeKind } from "~/api/types";
import type { IconName } from "~/ui/glyphs";
import type { Tone } from "~/ui/Status";

export const NODE_KINDS: readonly NodeKind[] = ["gateway", "aggregate", "projection", "runner"];

export type Tally = {
  kind: NodeKind;
  total: number;
  /** `since`: the oldest look at them, milliseconds since the epoch. */
  lines: { tone: Tone; icon: IconName; text: string; since: number }[];
};

const oldest = (nodes: readonly NodeHealth[]) =>
  Math.min(...nodes.map((node) => Date.parse(node.observed_at)));

export function tallyOf(kind: NodeKind, all: readonly NodeHealth[]): Tally {
  const nodes = all.filter((node) => node.kind === kind);
  const having = (status: NodeHealth["status"]) => nodes.filter((node) => node.status === status);
  const lines: Tally["lines"] = [];
  const add = (some: NodeHealth[], tone: Tone, icon: IconName, word: string) => {
    if (some.length > 0)
      lines.push({ tone, icon, text: `${some.length} ${word}`, since: oldest(some) });
  };
  add(having("ready"), "ok", "ok", "ready");
  add(having("unknown"), "unk", "unknown", "unknown");
  add(having("not_ready"), "bad", "bad", "not ready");
  add(having("draining"), "warn", "drain", "draining");
  add(
    nodes.filter((node) => node.placement_behind === true),
    "warn",
    "drift",
    "of them behind",
  );
  return { kind, total: nodes.length, lines };
}

export type Sum = { known: number; unknown: number };

/** A sum with how many nodes did not tell; shown as `3 or more` while some did not. */
export function sumOf(
  nodes: readonly NodeHealth[],
  read: (node: NodeHealth) => number | null | undefined,
): Sum {
  const values = nodes.map(read).filter((value) => typeof value === "number");
  return {
    known: values.reduce((sum, value) => sum + value, 0),
    unknown: nodes.length - values.length,
  };
}

export function sumText(sum: Sum, count: number, format: (value: number) => string): string | null {
  if (sum.unknown === count) return null;
  return sum.unknown > 0 ? `${format(sum.known)} or more` : format(sum.known);
}
