// What the API takes and what it refuses, with the codes of docs/errors.md. Changes the world only
// on success.
import type { Job, JobEvent, JobRequest, JobVerb, MigrateAsk, Plan, Receipt } from "~/api/types";
import { plan, type Targets } from "./plan";
import { actionsOf, passed } from "./verbs";
import { hexOf, idOf, note, now, type World } from "./world";

export class Refused extends Error {
  readonly status: number;
  readonly code: string;
  readonly extra: Record<string, unknown>;
  constructor(status: number, code: string, detail: string, extra: Record<string, unknown> = {}) {
    super(detail);
    this.status = status;
    this.code = code;
    this.extra = extra;
  }
}

const OPEN = new Set(["pending", "running", "paused", "compensating", "stuck"]);
const TENANT = /^[a-z0-9][a-z0-9_-]{0,62}$/;

export function need(world: World, right: string): void {
  if (!world.signedIn) throw new Refused(401, "unauthenticated", "There is no session.");
  if (!world.rights.includes("control.*") && !world.rights.includes(right)) {
    note(world, { operation: right.replace("control.", ""), result: "denied" });
    throw new Refused(403, "forbidden", `You lack ${right}.`, { right });
  }
}

export function tenantOf(world: World, header: string | null) {
  if (!header || !TENANT.test(header)) {
    throw new Refused(400, "tenant_header_invalid", "Exactly one valid x-tenant-id is needed.");
  }
  const tenant = world.tenants.get(header);
  if (!tenant) throw new Refused(403, "forbidden", "No such tenant, or no right for it.");
  return tenant;
}

function reasonOf(reason: unknown): string {
  const text = typeof reason === "string" ? reason.trim() : "";
  if (!text) throw new Refused(422, "reason_invalid", "A reason is required.");
  if (text.length > 500) throw new Refused(422, "reason_invalid", "At most 500 characters.");
  return text;
}

const KIND = "tenant-migrate";

export function planOf(
  world: World,
  kind: string,
  header: string | null,
  params: Partial<MigrateAsk> | undefined,
): Plan {
  need(world, "control.jobs.read");
  if (kind !== KIND) throw new Refused(404, "unknown_kind", `There is no job kind ${kind}.`);
  const targets = params?.targets;
  const tenant = tenantOf(world, header);
  if (typeof targets !== "object" || targets === null || Object.keys(targets).length === 0) {
    throw new Refused(422, "invalid_body", "params.targets names no service kind.");
  }
  const made = plan(world, tenant, {
    targets: targets as Targets,
    reverse_of: params?.reverse_of ?? null,
  });
  if (typeof made === "string") throw new Refused(422, "plan_invalid", made);
  return made;
}

function keyOf(header: string | null): string {
  if (!header || header.length > 128 || /\s/.test(header)) {
    throw new Refused(400, "idempotency_key_invalid", "Idempotency-Key is missing or malformed.");
  }
  return header;
}

export function create(
  world: World,
  kind: string,
  tenantHeader: string | null,
  keyHeader: string | null,
  body: JobRequest,
): { receipt: Receipt; replayed: boolean } {
  need(world, "control.jobs.create");
  const tenant = tenantOf(world, tenantHeader);
  const key = `${tenant.tenant_id} ${kind} ${keyOf(keyHeader)}`;
  const fingerprint = hexOf(JSON.stringify(body));
  const before = world.receipts.get(key);
  if (before) {
    if (before.fingerprint !== fingerprint) {
      throw new Refused(422, "idempotency_key_reused", "The key came with another body before.");
    }
    return { receipt: before.receipt, replayed: true };
  }
  const reason = reasonOf(body.reason);
  const fresh = planOf(world, kind, tenantHeader, body.params);
  if (fresh.noop) throw new Refused(409, "noop", "Nothing would change.");
  if (fresh.plan_hash !== body.plan_hash) {
    throw new Refused(409, "plan_changed", "The world has changed since the plan was made.", {
      diff: ["placement revision differs"],
    });
  }
  const holder = [...world.jobs.values()].find(
    (job) => job.tenant_id === tenant.tenant_id && OPEN.has(job.state),
  );
  if (holder) {
    note(world, {
      operation: "jobs.create",
      result: "denied",
      tenant_id: tenant.tenant_id,
      reason,
    });
    throw new Refused(
      409,
      "lock_conflict",
      `tenant/${tenant.tenant_id} is held by ${holder.job_id}.`,
      {
        holder: holder.job_id,
      },
    );
  }
  const answered = new Set((body.overrides ?? []).map((o) => o.gate));
  if (answered.size > 0) need(world, "control.jobs.override");
  const failing = fresh.gates.filter((g) => g.verdict !== "pass" && !answered.has(g.id));
  if (failing.length > 0) {
    throw new Refused(409, "gate_failed", `${failing[0]?.id} does not hold.`, { gates: failing });
  }
  const job = jobOf(world, fresh, tenant.tenant_id, reason, key, body);
  world.jobs.set(job.job_id, job);
  tenant.state = "moving";
  tenant.open_job = { job_id: job.job_id, kind: job.kind, state: job.state };
  note(world, {
    operation: "jobs.create",
    kind: job.kind,
    result: "ok",
    tenant_id: tenant.tenant_id,
    reason,
    job_id: job.job_id,
    ids: job.ids,
  });
  const receipt: Receipt = {
    job_id: job.job_id,
    kind: job.kind,
    tenant_id: tenant.tenant_id,
    command_seq: world.seq,
    accepted_at: now(),
    links: { self: `/admin/v1/jobs/${job.job_id}`, events: `/admin/v1/jobs/${job.job_id}/events` },
  };
  world.receipts.set(key, { fingerprint, receipt });
  return { receipt, replayed: false };
}

function jobOf(
  world: World,
  made: Plan,
  tenant_id: string,
  reason: string,
  key: string,
  body: JobRequest,
): Job {
  world.seq += 1;
  const job_id = idOf("job_", key);
  world.events.set(job_id, [
    {
      seq: world.seq,
      at: now(),
      type: "Accepted",
      event: {
        type: "Accepted",
        request: { actor: { sub: "ines.moreau" } },
        held: { locks: [], permits: [] },
      } as unknown as JobEvent["event"],
    },
  ]);
  return {
    job_id,
    kind: "tenant-migrate",
    tenant_id,
    state: "pending",
    waiting_on: "decision",
    reason,
    actor: { sub: "ines.moreau", session_id: "ses_01J9ZK0000000000000000E8VN" },
    params: made.spec.params,
    plan_hash: made.plan_hash,
    plan: made,
    created_at: now(),
    updated_at: now(),
    deadline_at: now(7_200_000),
    finished_at: null,
    ran_ms: 0,
    held: { locks: [], permits: [] },
    actions: actionsOf({ state: "pending", steps: [] }),
    verbs: [],
    accepted_seq: world.seq,
    steps: made.steps.map((step) => ({
      ...step,
      point_of_no_return: step.point_of_no_return ?? false,
      state: "pending",
      attempt: 0,
    })),
    gates: made.gates.map((gate) => {
      const answer = body.overrides?.find((o) => o.gate === gate.id);
      return answer ? { ...gate, overridden_by: { reason: answer.reason } } : gate;
    }),
    errors: [],
    fence: null,
    ids: {
      request_id: idOf("req_", key),
      correlation_id: idOf("cor_", key),
      trace_id: hexOf(key).slice(0, 32),
    },
    seq: world.seq,
  };
}

export function ask(
  world: World,
  job_id: string,
  verb: JobVerb,
  body: { reason: string },
): Receipt {
  need(world, `control.jobs.${verb}`);
  const reason = reasonOf(body.reason);
  const job = world.jobs.get(job_id);
  if (!job) throw new Refused(404, "unknown_job", `There is no job ${job_id}.`);
  const action = actionsOf(job).find((each) => each.verb === verb);
  if (!action) throw new Refused(404, "unknown_verb", `There is no verb ${verb}.`);
  if (!action.allowed) {
    const code = verb === "cancel" && passed(job) ? "past_point_of_no_return" : "wrong_state";
    throw new Refused(409, code, action.because);
  }
  const next = {
    cancel: "cancelled",
    pause: "paused",
    resume: "running",
    retry: "compensating",
  } as const;
  job.state = next[verb];
  if (verb === "cancel") job.finished_at = now();
  job.actions = actionsOf(job);
  job.updated_at = now();
  world.seq += 1;
  job.seq = world.seq;
  world.events.get(job_id)?.unshift({
    seq: world.seq,
    at: now(),
    type: "VerbAccepted",
    event: {
      type: "VerbAccepted",
      asked: { verb, reason, actor: { sub: "ines.moreau" } },
    } as unknown as JobEvent["event"],
  });
  note(world, {
    operation: `jobs.${verb}`,
    result: "ok",
    reason,
    job_id,
    tenant_id: job.tenant_id ?? null,
  });
  return {
    job_id,
    kind: job.kind,
    command_seq: world.seq,
    accepted_at: now(),
    links: { self: `/admin/v1/jobs/${job_id}`, events: `/admin/v1/jobs/${job_id}/events` },
  };
}
