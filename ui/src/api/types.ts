// The wire shapes by the names the console uses. All of them come from the generated schema, so
// that the compiler finds every drift; the few that are written by hand say why.
// No logic here; words and looks of these values are in components/words.ts.
import type { components, operations } from "./__generated__/schema";

type Schemas = components["schemas"];
type Query<O extends keyof operations> = NonNullable<operations[O]["parameters"]["query"]>;

export type ServiceKind = Schemas["ServiceKind"];
/** In the order of the pages; the order of draining is the plan's. */
export const SERVICE_KINDS = [
  "aggregate",
  "projection",
  "runner",
] as const satisfies readonly ServiceKind[];

export type AsOf = Schemas["AsOf"];
/** One page of any list: every `Page_…` of the schema has this frame. */
export type Page<T> = Omit<Schemas["Page_Job"], "items"> & { items: T[] };
/** One thing together with where its read stands: every `Current_…` of the schema has this mark. */
export type Current<T> = T & Pick<Schemas["Current_Job"], "as_of">;

export type FlowIds = Schemas["FlowIds"];
/** Anything may be missing when a proxy answers instead of the API; refusals add their own fields. */
export type ProblemBody = Pick<Schemas["Problem"], "title" | "status" | "code"> &
  Partial<Schemas["Problem"]> & { [extra: string]: unknown };

export type Session = Schemas["Session"];

export type JobKind = Schemas["JobKind"];
export type JobState = Schemas["JobState"];
export type JobVerb = Schemas["Verb"];
export type Job = Schemas["Job"];
export type JobStep = Schemas["StepRow"];
export type StepState = Schemas["StepStatus"];
export type StepError = Schemas["StepError"];
export type Evidence = Schemas["Evidence"];
export type Verdict = Schemas["Verdict"];
/** On a job a gate names the step it guards; none on a gate of the preflight. */
export type Gate = Schemas["GateRow"];
export type ActorRow = Schemas["ActorRow"];
export type JobEvent = Schemas["JobEvent"];

/** Of a plan and a job: every target named. */
export type MigrateParams = Schemas["MigrateParams"];
/** Of a request: a null target lets the rule choose. */
export type MigrateAsk = Schemas["MigrateAsk"];
export type Plan = Schemas["Plan"];
export type PlanStep = Schemas["Step"];
export type PlanRequest = Schemas["PlanRequest"];
export type JobRequest = Schemas["JobRequest"];
export type Receipt = Schemas["Receipt"];

export type TenantRow = Schemas["Tenant"];
export type TenantState = Schemas["TenantCondition"];

export type AuditResult = Schemas["AuditResult"];
export type AuditRow = Schemas["AuditEntry"];

export type SearchHit = Schemas["SearchHit"];
export type SearchResult = Schemas["SearchResult"];

export type Placement = Schemas["Placement"];
export type PlacementMap = Schemas["PlacementMap"];
export type ShardView = Schemas["ShardView"];
export type PlacedTenant = Schemas["PlacedTenant"];

export type PlacementRevision = Schemas["PlacementRevision"];

export type NodeKind = Schemas["NodeKind"];
export type NodeHealth = Schemas["NodeHealth"];
export type FleetHealth = Schemas["FleetHealth"];
export type ServiceProcess = Schemas["ServiceProcess"];

export type JobsQuery = Query<"get_jobs">;
export type TenantsQuery = Query<"get_tenants">;
export type AuditQuery = Query<"get_audit">;
