// The keys a plan changes, before and after, with both revisions.
import type { Plan } from "~/api/types";
import { DiffBlock } from "~/ui/DiffBlock";
import { int } from "~/util/format";

const entry = (value: { shard: string; epoch: number }) =>
  `"shard": "${value.shard}", "epoch": ${value.epoch}`;

/** `projection_placement, revision 2,417`: a flip writes the next one. */
export function PlanDiffs({ plan, bare }: { plan: Plan; bare?: boolean }) {
  return (
    <DiffBlock
      diffs={plan.effects.map((effect) => ({
        key: effect.key,
        where: bare ? undefined : effectWhere(effect),
        before: entry(effect.before),
        after: entry(effect.after),
      }))}
    />
  );
}

export function effectWhere(effect: Plan["effects"][number]): string {
  return `${effect.bucket}, from revision ${int(effect.revision)}`;
}
