// From where to where a job takes its tenant, by service kind. Lists come without plans, but the
// drain of each kind names the shard that is left.
import type { Job, MigrateAsk, ServiceKind } from "~/api/types";

export type JobMove = { kind: ServiceKind; from: string | undefined; to: string };

export function jobMoves(job: Pick<Job, "params" | "steps" | "plan">): JobMove[] {
  return Object.entries(job.params.targets).map(([name, to]) => {
    const kind = name as ServiceKind;
    const planned = job.plan?.base.moves.find((move) => move.service_kind === kind);
    const drain = job.steps.find((step) => step.kind === "drain" && step.service_kind === kind);
    return { kind, from: planned?.source.shard ?? drain?.target, to };
  });
}

/** `prj-02 → prj-05`. */
export function whereOf(job: Pick<Job, "params" | "steps" | "plan">): string {
  return jobMoves(job)
    .map(({ from, to }) => (from ? `${from} → ${to}` : `→ ${to}`))
    .join(", ");
}

/** What the mirrored migration asks for: each kind back to where it came from. */
export function reverseTargets(job: Pick<Job, "params" | "steps" | "plan">): MigrateAsk["targets"] {
  return Object.fromEntries(jobMoves(job).map(({ kind, from }) => [kind, from ?? null]));
}
