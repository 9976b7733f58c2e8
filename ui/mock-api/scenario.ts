// The moment of the reference pictures: one migration waits at its barrier, one drain is paused,
// one job is stuck, two have ended.
import type { AuditRow, Gate, Job, JobState, JobStep, StepState } from "~/api/types";
import { ACME, acmeEvents, at, audit, event } from "./story";
import { actionsOf } from "./verbs";
import type { World } from "./world";

type Spec = [
  id: string,
  title: string,
  plannedS: number,
  startS?: number,
  endS?: number,
  tries?: number,
];

/** Start and end are seconds before now. */
function step(
  [id, title, plannedS, startS, endS, tries = 1]: Spec,
  more: Partial<JobStep> = {},
): JobStep {
  const state: StepState =
    startS === undefined ? "pending" : endS === undefined ? "waiting" : "done";
  return {
    id,
    kind: id.slice(3) as JobStep["kind"],
    title,
    target: "",
    point_of_no_return: false,
    state,
    attempt: startS === undefined ? 0 : tries,
    expected_ms: plannedS * 1_000,
    started_at: startS === undefined ? null : at(startS),
    finished_at: endS === undefined ? null : at(endS),
    ...more,
  };
}

function gate(
  id: string,
  observed: string,
  threshold: string,
  ageS: number,
  more: Partial<Gate> = {},
): Gate {
  return {
    id,
    verdict: "pass",
    observed,
    threshold,
    observed_at: at(ageS),
    max_age_ms: 10_000,
    because: "",
    ...more,
  };
}

function job(
  fields: Partial<Job> & Pick<Job, "job_id" | "kind" | "state" | "reason" | "seq">,
): Job {
  return {
    tenant_id: null,
    waiting_on: null,
    actor: { sub: "ines.moreau", session_id: "ses_01J9ZK0000000000000000E8VN" },
    params: { targets: {} },
    plan_hash: "7be1c40d5a92e8f3a0c97b6e1d2f09d47be1c40d5a92e8f3a0c97b6e1d2f09d4",
    created_at: at(338),
    updated_at: at(3),
    deadline_at: at(-7_000),
    finished_at: null,
    steps: [],
    gates: [],
    errors: [],
    fence: null,
    held: { locks: [], permits: [] },
    ran_ms: 0,
    actions: [],
    verbs: [],
    accepted_seq: 90_211,
    ids: {
      request_id: "req_01J9ZK7PX9C3N5W7J2KD4FTY6A",
      correlation_id: "cor_01J9ZK7PXA6T0E4M1HSB8GQ2RV",
      trace_id: "9c41f0a27be84d1fb3a65e0c7d2918f4",
    },
    ...fields,
  };
}

function acme(): Job {
  return job({
    job_id: ACME,
    kind: "tenant-migrate",
    tenant_id: "acme",
    state: "running",
    reason: "prj-02 headroom 17.5 %, below 20 %. INC-2291",
    params: { targets: { projection: "prj-05" } },
    seq: 90_346,
    fence: 2 ** 40 + 90_310,
    held: { locks: ["tenant/acme"], permits: ["migrations/fleet"] },
    plan: {
      plan_hash: "7be1c40d5a92e8f3a0c97b6e1d2f09d47be1c40d5a92e8f3a0c97b6e1d2f09d4",
      spec: { kind: "tenant-migrate", params: { targets: { projection: "prj-05" } } },
      tenant_id: "acme",
      base: {
        moves: [
          {
            service_kind: "projection",
            source: { shard: "prj-02", nodes: [] },
            target: { shard: "prj-05", nodes: [] },
            from_epoch: 7,
            to_epoch: 8,
            revision: 2_417,
            pinned: false,
          },
        ],
        gateways: { "gw-01": "", "gw-02": "", "gw-03": "" },
        policy_revision: 14,
      },
      steps: [],
      reverse_steps: [{ of: "migration", title: "acme prj-05 → prj-02" }],
      effects: [
        {
          bucket: "projection_placement",
          key: "tenant.acme",
          revision: 2_417,
          before: { shard: "prj-02", epoch: 7 },
          after: { shard: "prj-05", epoch: 8 },
        },
      ],
      gates: [],
      blast_radius: { tenants: 1, shards: 2, inflight: 0, paused_ms: 36_000 },
      irreversible: [],
      warnings: [],
      approvals: [],
      eta_ms: 385_000,
      noop: false,
      pre_states: {},
    },
    steps: [
      step(["01.probe-undo", "Check that every undo works", 2, 325, 323.6]),
      step(["02.prepare", "Prepare acme on prj-05", 5, 323.6, 319.8], { undo: "release" }),
      step(["03.catch-up", "Replay acme on prj-05 from 0", 210, 319.8, 87.8]),
      step(["04.drain", "Drain acme on prj-02", 20, 87.8, 56.8, 2], { undo: "undrain" }),
      step(["05.position", "Read position 1,204,518", 1, 56.8, 56.6]),
      step(["06.hold", "Hold there, digests equal", 20, 56.6, 42.3]),
      step(["07.flip", "Point placement to prj-05", 1, 42.2, 42.1], { point_of_no_return: true }),
      step(["08.activate", "Activate acme on prj-05", 1, 42, 41.4]),
      step(["09.barrier", "Every Gateway applies 2,418", 5, 41, undefined, 8], {
        waiting_because: "gw-03 reports 2,417 and needs 2,418. acme is served.",
        next_try_at: at(-3),
        gives_up_at: at(-259),
      }),
      step(["10.soak", "Hold for 2 min, nothing lost", 120]),
    ],
    gates: [
      gate("routing.converged", "2 of 3", "3 of 3", 0.8, {
        verdict: "fail",
        step_id: "09.barrier",
        because: "gw-03 is at 2,417: its projection_placement watcher lost its consumer.",
      }),
      gate("target.ready", "ready", "= ready", 0.8, { step_id: "10.soak" }),
      gate("target.lag", "0 · 0 s", "≤ 100 · 5 s", 0.8, { step_id: "10.soak" }),
      gate("target.headroom", "43.1 %", "≥ 20 %", 2.4, { step_id: "10.soak" }),
      gate("source.inflight", "0", "= 0, 3 probes", 42, { step_id: "07.flip" }),
      gate("digest.equal", "3c07…e1b4", "= both", 43, { step_id: "07.flip" }),
    ],
  });
}

function others(): Job[] {
  const brief = (
    job_id: string,
    tenant_id: string,
    state: JobState,
    agoS: number,
    more: Partial<Job> = {},
  ) =>
    job({
      job_id,
      kind: "tenant-migrate",
      state,
      tenant_id,
      reason: "rebalance, CHG-0871",
      seq: 90_300 - Math.floor(agoS / 10),
      created_at: at(agoS),
      updated_at: at(Math.min(agoS, 62)),
      ...more,
    });
  return [
    brief("job_01J9ZKE2R5N0H3C8Y6FJ1WZB4D", "hooli", "running", 38, {
      reason: "agg-05 slow commits, INC-2292",
      actor: { sub: "t.lindqvist", session_id: "ses_01J9ZK00000000000000000TLQ" },
      params: { targets: { aggregate: "agg-02" } },
      steps: [
        step(["03.catch-up", "Follow hooli up to now", 10, 36, 34]),
        step(["04.drain", "Drain hooli on agg-05", 40, 34], { waiting_because: "3 in flight." }),
        step(["05.position", "Read the final position", 1]),
        step(["06.hold", "Hold there, digests equal", 1]),
      ],
    }),
    brief("job_01J9ZJYX8T2Q6A4M0KSV7RNE3G", "globex", "paused", 900, {
      actor: { sub: "m.okafor", session_id: "ses_01J9ZK00000000000000000MOK" },
      waiting_on: "operator",
      because: "Paused at 04.drain: run-03 does not answer. Last reading 1 m 12 s old, limit 10 s.",
      params: { targets: { runner: "run-04" } },
      steps: [
        step(["03.catch-up", "Follow globex up to now", 10, 898, 890]),
        step(["04.drain", "Drain globex on run-03", 40, 890], {
          waiting_because: "run-03 does not answer. Last reading 1 m 12 s old, limit 10 s.",
        }),
        step(["05.position", "Read the final position", 1]),
        step(["06.hold", "Hold there, digests equal", 1]),
      ],
      gates: [
        gate("source.inflight", "no reading", "= 0, 3 probes", 72, {
          verdict: "unknown",
          step_id: "04.drain",
          because: "run-03 has not answered for 1 m 12 s.",
        }),
      ],
    }),
    brief("job_01J9ZHN5V3P8D1X7C2WBKQ6TYF", "initech", "stuck", 1_574, {
      params: { targets: { aggregate: "agg-06" } },
      steps: [
        step(["01.probe-undo", "Check that every undo works", 2, 1_570, 1_568], {
          state: "undone",
        }),
        step(["02.prepare", "Prepare initech on agg-06", 5, 1_568, 1_560], { state: "undone" }),
        step(["03.catch-up", "Replay initech on agg-06", 20, 1_560, 1_540], { state: "undone" }),
        step(["04.drain", "Drain initech on agg-03", 20, 1_540, 1_520, 2], {
          state: "undoing",
          error: {
            class: "conflict",
            code: "stale_fence",
            message:
              "agg-03a answered 412 stale_fence: it has accepted 1·90,288 and was sent 1·90,101.",
            retryable: false,
          },
        }),
      ],
      errors: [
        {
          step_id: "04.drain",
          class: "conflict",
          code: "stale_fence",
          message: "Undo 04.drain refused twice: 412 stale_fence.",
          retryable: false,
        },
      ],
    }),
    brief("job_01J9ZJ0C6W1S9G5E3TANR0MHQB", "tyrell", "succeeded", 1_200, {
      params: { targets: { aggregate: "agg-06" } },
      finished_at: at(94),
    }),
    brief("job_01J9ZH2D0TM7C2X8B5WQ1RWONK", "wonka", "rejected", 2_400, {
      finished_at: at(2_399),
      because: "3 of 3 fleet permits are in use.",
      refusal: { code: "permit_exhausted", message: "3 of 3 fleet permits are in use." },
    }),
    brief("job_01J9ZG0V8E2N6Y1C7MXW5TSOYL", "soylent", "rolled_back", 5_400, {
      params: { targets: { projection: "prj-01" } },
      finished_at: at(5_100),
    }),
  ];
}

export function scenario(world: World): void {
  for (const each of [acme(), ...others()]) {
    each.actions = actionsOf(each);
    if (!each.finished_at && each.tenant_id) {
      each.held = { locks: [`tenant/${each.tenant_id}`], permits: each.held.permits };
    }
    world.jobs.set(each.job_id, each);
    world.events.set(each.job_id, [
      event(each.seq, 60, "StepStarted", { step_id: each.steps[0]?.id ?? "01.probe-undo" }),
    ]);
    const tenant = each.tenant_id ? world.tenants.get(each.tenant_id) : undefined;
    if (tenant && !each.finished_at) {
      tenant.open_job = { job_id: each.job_id, kind: each.kind, state: each.state };
    }
  }
  world.events.set(ACME, acmeEvents());
  world.audit = audit.map(
    ([ago, sub, operation, tenant_id, kind, reason, result, job_id], index): AuditRow => ({
      seq: `aud-${world.auditSeq - index}`,
      stream: "audit",
      sequence: world.auditSeq - index,
      at: at(ago),
      actor: sub,
      session_id: "ses_01J9ZK0000000000000000E8VN",
      tenant_id,
      operation,
      kind: kind === "migrate" ? "tenant-migrate" : null,
      reason,
      result,
      job_id,
      ids: {
        request_id: "req_01J9ZK7PX9C3N5W7J2KD4FTY6A",
        correlation_id: "cor_01J9ZK7PXA6T0E4M1HSB8GQ2RV",
        trace_id: "9c41f0a27be84d1fb3a65e0c7d2918f4",
      },
    }),
  );
}
