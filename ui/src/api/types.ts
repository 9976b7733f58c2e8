// The wire shapes of the operators' API, by their names in the design sheet.
// No logic here; words and looks of these values are in components/words.ts.

export type ServiceKind = "runner" | "aggregate" | "projection";
export const SERVICE_KINDS = ["aggregate", "projection", "runner"] as const;

/** Where a read stands: `<incarnation>-<seq of CONTROL_EVENTS>`. */
export type AsOf = { seq: string; age_ms: number };

export type Page<T> = {
  items: T[];
  next_cursor?: string | null;
  total_estimate?: number | null;
  as_of: AsOf;
};

export type FlowIds = { request_id: string; correlation_id: string; trace_id: string };

export type ProblemBody = {
  type?: string;
  title: string;
  status: number;
  detail?: string;
  code: string;
  request_id?: string;
  correlation_id?: string;
  [extra: string]: unknown;
};

export type Session = {
  principal: { sub: string; session_id: string; name?: string };
  rights: string[];
  expires_at: string;
  environment: string;
  version: string;
};

export type JobState =
  | "pending"
  | "running"
  | "paused"
  | "compensating"
  | "stuck"
  | "succeeded"
  | "cancelled"
  | "rolled_back"
  | "expired"
  | "rejected"
  | "failed"
  | "abandoned";

export type StepState =
  | "pending"
  | "running"
  | "waiting"
  | "done"
  | "skipped"
  | "failed"
  | "undoing"
  | "undone";

export type StepError = {
  class: string;
  code: string;
  message: string;
  evidence?: unknown;
};

export type JobStep = {
  id: string;
  kind?: string;
  title: string;
  target: string;
  state: StepState;
  attempt: number;
  service_kind?: ServiceKind | null;
  undo?: string | null;
  point_of_no_return?: boolean;
  started_at?: string | null;
  finished_at?: string | null;
  expected_ms?: number | null;
  waiting_because?: string | null;
  next_attempt_at?: string | null;
  error?: StepError | null;
};

export type Verdict = "pass" | "fail" | "unknown" | "not_yet";

export type Gate = {
  id: string;
  verdict: Verdict;
  observed: string;
  threshold: string;
  observed_at: string;
  max_age_ms: number;
  because: string;
  overridden_by?: { reason: string; sub?: string } | null;
  /** The step it guards, on a job. */
  step_id?: string | null;
};

export type MigrateParams = {
  /** Keys are service kinds; null chooses the target by rule (in requests only). */
  targets: Partial<Record<ServiceKind, string | null>>;
  reverse_of?: string | null;
};

export type JobVerb = "cancel" | "pause" | "resume" | "retry";

export type Job = {
  job_id: string;
  kind: string;
  tenant_id?: string | null;
  state: JobState;
  waiting_on?: string | null;
  reason: string;
  actor: { sub: string; session_id?: string };
  params: MigrateParams;
  plan_hash?: string | null;
  plan?: Plan | null;
  created_at: string;
  updated_at: string;
  deadline_at?: string | null;
  started_at?: string | null;
  finished_at?: string | null;
  steps: JobStep[];
  gates: Gate[];
  errors: StepError[];
  fence?: number | null;
  held?: { locks: string[]; permits: string[] } | null;
  ids: FlowIds;
  seq: string | number;
};

export type JobEvent = {
  /** Sequence in CONTROL_EVENTS. */
  seq: number;
  at: string;
  type: string;
  event: Record<string, unknown>;
};

export type ShardSide = {
  shard: string;
  nodes: { node_id: string; data_url?: string; admin_url?: string }[];
};

export type PlanStep = {
  id: string;
  kind: string;
  title: string;
  target: string;
  undo?: string | null;
  point_of_no_return?: boolean;
  expected_ms: number;
  service_kind?: ServiceKind | null;
};

export type Plan = {
  plan_hash: string;
  spec: { kind: string; params: MigrateParams };
  tenant_id: string;
  base: {
    moves: {
      service_kind: ServiceKind;
      source: ShardSide;
      target: ShardSide;
      from_epoch: number;
      to_epoch: number;
      revision: number;
      pinned: boolean;
    }[];
    gateways: Record<string, string>;
    policy_revision: number;
  };
  steps: PlanStep[];
  reverse_steps: { of: string; undo?: string | null; title: string }[];
  effects: {
    bucket: string;
    key: string;
    revision: number;
    before: { shard: string; epoch: number };
    after: { shard: string; epoch: number };
  }[];
  gates: Gate[];
  blast_radius: {
    tenants: number;
    shards: number;
    inflight?: number | null;
    paused_ms: number;
    permits?: { used: number; limit: number } | null;
  };
  irreversible: string[];
  warnings: string[];
  approvals: string[];
  eta_ms: number;
  noop: boolean;
};

export type PlanRequest = { params: MigrateParams };

export type JobRequest = {
  params: MigrateParams;
  reason: string;
  plan_hash: string;
  on_conflict?: "reject" | "queue";
  overrides?: { gate: string; reason: string }[];
};

export type Receipt = {
  job_id: string;
  kind: string;
  tenant_id?: string | null;
  command_seq: number;
  accepted_at: string;
  links: { self: string; events: string };
};

export type TenantState = "active" | "moving" | "draining" | "drained" | "stuck" | "unknown";

export type TenantPlacement = {
  shard: string;
  epoch: number;
  revision?: number;
  pinned?: boolean;
  /** Where it is going, while a job moves it. */
  to?: string | null;
};

export type TenantRow = {
  tenant_id: string;
  state?: TenantState;
  placement: Partial<Record<ServiceKind, TenantPlacement | null>>;
  inflight?: number | null;
  lag_events?: number | null;
  lag_ms?: number | null;
  drift?: boolean;
  open_job?: { job_id: string; kind: string; state: JobState } | null;
  updated_at?: string | null;
  seq?: string | number;
};

export type AuditResult = "ok" | "error" | "denied" | "unknown";

export type AuditRow = {
  seq: string | number;
  stream?: string;
  at: string;
  actor: string | { sub: string; session_id?: string };
  session_id?: string | null;
  tenant_id?: string | null;
  operation: string;
  kind?: string | null;
  result: AuditResult;
  reason?: string | null;
  job_id?: string | null;
  ids: Partial<FlowIds>;
  detail?: string | null;
};

export type SearchHit = {
  /** What it is: `job`, `tenant`, `audit`, `request`, `correlation`, `trace`. */
  type: string;
  id: string;
  title: string;
  detail?: string | null;
  state?: string | null;
  /** Path in this console. */
  href?: string | null;
  ids?: Partial<FlowIds> | null;
};

export type SearchResult = { id: string; kind?: string | null; hits: SearchHit[] };
