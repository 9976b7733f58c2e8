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
  /** Where Grafana is, for operators of this environment. */
  grafana_url?: string | null;
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
  | "rejected";

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
  retryable?: boolean;
  evidence?: unknown;
};

export type JobStep = {
  id: string;
  kind: string;
  title: string;
  target: string;
  state: StepState;
  attempt: number;
  service_kind?: ServiceKind | null;
  undo?: string | null;
  point_of_no_return: boolean;
  started_at?: string | null;
  finished_at?: string | null;
  undo_started_at?: string | null;
  expected_ms: number;
  waiting_because?: string | null;
  next_try_at?: string | null;
  gives_up_at?: string | null;
  error?: StepError | null;
  evidence?: Evidence | null;
};

export type Evidence = { type: string; [fact: string]: unknown };

export type Verdict = "pass" | "fail" | "unknown";

export type Gate = {
  id: string;
  verdict: Verdict;
  observed: string;
  threshold: string;
  observed_at: string;
  max_age_ms: number;
  because: string;
  overridden_by?: { reason: string } | null;
  /** On a job: the step it guards; none on a gate of the preflight. */
  step_id?: string | null;
};

export type MigrateParams = {
  /** Keys are service kinds; null chooses the target by rule (in requests only). */
  targets: Partial<Record<ServiceKind, string | null>>;
  reverse_of?: string | null;
};

export type JobVerb = "cancel" | "pause" | "resume" | "retry";

export type ActorRow = { sub: string; session_id: string };

export type Job = {
  job_id: string;
  kind: string;
  tenant_id?: string | null;
  state: JobState;
  waiting_on?: "decision" | "plan" | "gates" | "retry" | "operator" | null;
  /** Why it stands there, as a sentence. */
  because?: string | null;
  reason: string;
  actor: ActorRow;
  params: MigrateParams;
  plan_hash: string;
  plan?: Plan | null;
  created_at: string;
  updated_at: string;
  deadline_at?: string | null;
  finished_at?: string | null;
  ran_ms: number;
  steps: JobStep[];
  gates: Gate[];
  errors: (StepError & { step_id: string })[];
  refusal?: { code: string; message: string; holder?: string | null; diff?: string[] } | null;
  fence?: number | null;
  held: { locks: string[]; permits: string[] };
  /** Each verb, whether it is possible now, and why not. */
  actions: { verb: JobVerb; allowed: boolean; because: string }[];
  verbs: {
    command_id: string;
    verb: JobVerb;
    actor: ActorRow;
    reason: string;
    at: string;
    seq: number;
    accepted: boolean;
    code?: string | null;
    message?: string | null;
  }[];
  ids: FlowIds;
  /** Sequence of the latest commit. */
  seq: number;
  accepted_seq: number;
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
  /** `evt-<n>` or `aud-<n>`: the log and the message it was made from. */
  seq: string;
  stream: string;
  sequence: number;
  at: string;
  actor?: string | null;
  /** The user name of a failed sign-in. */
  claimed?: string | null;
  session_id?: string | null;
  address?: string | null;
  right?: string | null;
  tenant_id?: string | null;
  operation: string;
  kind?: string | null;
  result: AuditResult;
  code?: string | null;
  detail?: string | null;
  reason?: string | null;
  job_id?: string | null;
  step_id?: string | null;
  plan_hash?: string | null;
  ids?: FlowIds | null;
  change?: {
    bucket: string;
    key: string;
    revision: number;
    before?: unknown;
    after?: unknown;
  } | null;
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

export type ShardRow = {
  shard: string;
  state: "active" | "cordoned";
  tenants: number;
  max_tenants?: number | null;
};

export type PlacementView = {
  service_kind: ServiceKind;
  revision: number;
  hash?: string;
  source: "kv" | "file";
  shards: ShardRow[];
  as_of: AsOf;
};

export type NodeKind = "gateway" | ServiceKind;
export type FleetStatus = "ready" | "not_ready" | "draining" | "unknown";

/** One node now. Every null means unknown, or cannot apply; never zero. */
export type NodeHealth = {
  node_id: string;
  kind: NodeKind;
  shard?: string | null;
  shard_state?: "active" | "cordoned" | null;
  admin_url: string;
  status: FleetStatus;
  version?: string | null;
  git_sha?: string | null;
  started_at?: string | null;
  checks: { name: string; status: "pass" | "warn" | "fail"; detail?: string | null }[];
  placement: Record<string, number>;
  placement_behind?: boolean | null;
  tenants?: number | null;
  tenants_draining?: number | null;
  inflight?: number | null;
  inflight_oldest_ms?: number | null;
  lag_events?: number | null;
  lag_ms?: number | null;
  observed_at: string;
  age_ms: number;
  error?: { code: string; message: string } | null;
};

export type FleetHealth = { observed_at: string; nodes: NodeHealth[]; as_of?: AsOf };
