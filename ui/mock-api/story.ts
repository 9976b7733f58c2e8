// What was written down about the jobs of the scenario: their events and the audit records.
import type { JobEvent } from "~/api/types";

export const at = (secondsAgo: number) => new Date(Date.now() - secondsAgo * 1_000).toISOString();
export const ACME = "job_01J9ZK7Q4M8V2T6RX3WB5NCE0H";

export function event(
  seq: number,
  secondsAgo: number,
  type: string,
  fields: Record<string, unknown> = {},
): JobEvent {
  return { seq, at: at(secondsAgo), type, event: { type, ...fields } as JobEvent["event"] };
}

export function acmeEvents(): JobEvent[] {
  const retries = Array.from({ length: 6 }, (_, index) => {
    const attempt = 7 - index;
    const error = {
      class: "unavailable",
      code: "not_converged",
      message: "2 of 3 Gateways at 2,418",
      retryable: true,
    };
    return [
      event(90_346 - index * 5, 3 + index * 6, "RetryScheduled", {
        step_id: "09.barrier",
        attempt: attempt + 1,
        delay_ms: 5_300,
      }),
      event(90_346 - index * 5, 3 + index * 6, "StepAttemptFailed", {
        step_id: "09.barrier",
        attempt,
        error,
      }),
    ];
  }).flat();
  const ended = (seq: number, ago: number, step_id: string, evidence: Record<string, unknown>) =>
    event(seq, ago, "StepSucceeded", { step_id, evidence });
  const started = (seq: number, ago: number, step_id: string) =>
    event(seq, ago, "StepStarted", { step_id });
  return [
    ...retries,
    started(90_310, 41, "09.barrier"),
    ended(90_310, 41, "08.activate", { type: "done" }),
    ended(90_309, 41.6, "07.flip", { type: "flipped", shard: "prj-05", epoch: 8, revision: 2_418 }),
    started(90_308, 42.1, "07.flip"),
    ended(90_308, 42.1, "06.hold", {
      type: "digest",
      at_seq: 1_204_518,
      digest: "3c07e1b4".repeat(8),
    }),
    ended(90_307, 56.6, "05.position", { type: "position", seq: 1_204_518 }),
    ended(90_306, 56.8, "04.drain", { type: "done" }),
    ended(90_280, 88, "03.catch-up", { type: "done" }),
    ended(90_214, 320, "02.prepare", { type: "done" }),
    ended(90_213, 323, "01.probe-undo", { type: "probed", nodes: ["prj-02a", "prj-05a"] }),
    started(90_212, 325, "01.probe-undo"),
    event(90_211, 325, "Accepted", {
      request: { actor: { sub: "ines.moreau" } },
      held: { locks: ["tenant/acme"], permits: ["migrations/fleet"] },
    }),
  ];
}

type AuditSpec = [
  ago: number,
  actor: string,
  operation: string,
  tenant: string | null,
  kind: string | null,
  reason: string | null,
  result: "ok" | "denied" | "error" | "unknown",
  job: string | null,
];

export const audit: AuditSpec[] = [
  [15, "ines.moreau", "plan.create", "umbrella", "runner", null, "ok", null],
  [
    38,
    "t.lindqvist",
    "jobs.create",
    "hooli",
    "migrate",
    "agg-05 slow commits, INC-2292",
    "ok",
    "job_01J9ZKE2R5N0H3C8Y6FJ1WZB4D",
  ],
  [
    55,
    "m.okafor",
    "jobs.resume",
    "globex",
    "migrate",
    "try again after restart",
    "denied",
    "job_01J9ZJYX8T2Q6A4M0KSV7RNE3G",
  ],
  [144, "ines.moreau", "audit.export", null, null, "weekly proof, CHG-0870", "ok", null],
  [196, "m.okafor", "user.update", null, "roles", "new on-call, HR-552", "unknown", null],
  [271, "p.ruiz", "auth.sign_in", null, "session", null, "ok", null],
  [
    338,
    "ines.moreau",
    "jobs.create",
    "acme",
    "migrate",
    "prj-02 headroom 17.5 %, INC-2291",
    "ok",
    ACME,
  ],
  [365, "ines.moreau", "plan.create", "acme", "projection", null, "ok", null],
  [776, "t.lindqvist", "jobs.create", "wonka", "migrate", "rebalance", "denied", null],
  [
    1_546,
    "ines.moreau",
    "jobs.retry",
    "initech",
    "migrate",
    "stale fence, second try",
    "error",
    "job_01J9ZHN5V3P8D1X7C2WBKQ6TYF",
  ],
];
