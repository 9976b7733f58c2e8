// Time in the mock: a job that was created here walks through its steps, ten times as fast as
// planned, whenever somebody looks. The jobs of the scenario stand still.
import type { Job, JobEvent } from "~/api/types";
import { actionsOf } from "./verbs";
import { idOf, note, now, type World } from "./world";

const SPEED = 10;

export function advance(world: World): void {
  for (const job of world.jobs.values()) {
    if (
      job.plan &&
      job.plan.steps.length > 0 &&
      (job.state === "pending" || job.state === "running")
    ) {
      walk(world, job);
    }
  }
}

function walk(world: World, job: Job): void {
  const elapsed = Date.now() - Date.parse(job.created_at);
  let begun = 500;
  if (elapsed < begun) return;
  if (job.state === "pending") {
    job.state = "running";
    job.waiting_on = null;
    job.fence = 2 ** 40 + world.seq;
    job.held = { locks: [`tenant/${job.tenant_id}`], permits: ["migrations/fleet"] };
  }
  for (const step of job.steps) {
    const length = (step.expected_ms ?? 1_000) / SPEED;
    const started = new Date(Date.parse(job.created_at) + begun).toISOString();
    if (elapsed < begun) break;
    if (step.state === "pending") record(world, job, "StepStarted", step.id);
    step.started_at ??= started;
    step.attempt = Math.max(1, step.attempt);
    begun += length;
    if (elapsed >= begun) {
      if (step.state !== "done") record(world, job, "StepSucceeded", step.id);
      step.state = "done";
      step.finished_at ??= new Date(Date.parse(job.created_at) + begun).toISOString();
    } else if (step.state !== "done") {
      step.state = "running";
    }
  }
  if (job.steps.every((step) => step.state === "done")) finish(world, job);
}

function record(world: World, job: Job, type: string, step_id: string): void {
  world.seq += 1;
  job.seq = world.seq;
  job.updated_at = now();
  job.actions = actionsOf(job);
  const evidence = type === "StepSucceeded" ? { evidence: { type: "done" } } : {};
  const event = { type, step_id, ...evidence } as JobEvent["event"];
  world.events.get(job.job_id)?.unshift({
    seq: world.seq,
    at: now(),
    type,
    event,
  });
}

function finish(world: World, job: Job): void {
  job.state = "succeeded";
  job.held = { locks: [], permits: [] };
  job.actions = actionsOf(job);
  job.finished_at = now();
  const tenant = world.tenants.get(job.tenant_id ?? "");
  for (const move of job.plan?.base.moves ?? []) {
    world.revisions[move.service_kind] += 1;
    if (tenant)
      tenant.placement[move.service_kind] = {
        shard: move.target.shard,
        epoch: move.to_epoch,
        revision: world.revisions[move.service_kind],
        pinned: move.pinned,
      };
  }
  if (tenant) {
    tenant.state = "active";
    tenant.open_job = null;
    tenant.updated_at = now();
  }
  note(world, {
    operation: "job.finish",
    result: "ok",
    job_id: job.job_id,
    tenant_id: job.tenant_id ?? null,
    ids: { ...job.ids, request_id: idOf("req_", job.job_id) },
  });
}
