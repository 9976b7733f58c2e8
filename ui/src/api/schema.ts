// The routes as openapi-fetch wants them, from the shapes in types.ts.
import type {
  AuditRow,
  FleetHealth,
  Job,
  JobEvent,
  JobRequest,
  JobVerb,
  Page,
  PlacementView,
  Plan,
  PlanRequest,
  Receipt,
  SearchResult,
  ServiceKind,
  Session,
  TenantRow,
} from "./types";

type Json<T> = { content: { "application/json": T } };
type Parameters<Path, Query, Header> = {
  path?: Path;
  query?: Query;
  header?: Header;
  cookie?: never;
};
type Get<R, Query = never, Path = never> = {
  get: { parameters: Parameters<Path, Query, never>; responses: { 200: Json<R> } };
};
type Post<B, R, Path = never, Header = never, Status extends number = 200> = {
  post: {
    parameters: Parameters<Path, never, Header>;
    requestBody: Json<B>;
    responses: Record<Status, Json<R>>;
  };
};

export type ListQuery = {
  cursor?: string;
  limit?: number;
  sort?: string;
  min_seq?: string;
  [filter: string]: string | number | undefined;
};
type Tenant = { "x-tenant-id": string };

export interface paths {
  "/admin/v1/session": Get<Session> & {
    post: {
      parameters: Parameters<never, never, never>;
      requestBody: Json<{ username: string; password: string }>;
      responses: { 204: { content?: never } };
    };
    delete: {
      parameters: Parameters<never, never, never>;
      responses: { 204: { content?: never } };
    };
  };
  "/admin/v1/plans/{kind}": Post<PlanRequest, Plan, { kind: string }, Tenant>;
  "/admin/v1/jobs/{kind}": Post<
    JobRequest,
    Receipt,
    { kind: string },
    Tenant & { "idempotency-key": string },
    202
  >;
  "/admin/v1/jobs": Get<Page<Job>, ListQuery>;
  "/admin/v1/jobs/{job_id}": Get<Job, { min_seq?: string }, { job_id: string }>;
  "/admin/v1/jobs/{job_id}/events": Get<Page<JobEvent>, ListQuery, { job_id: string }>;
  "/admin/v1/jobs/{job_id}/{verb}": Post<
    { reason: string },
    Receipt,
    { job_id: string; verb: JobVerb },
    { "idempotency-key": string },
    202
  >;
  "/admin/v1/tenants": Get<Page<TenantRow>, ListQuery>;
  "/admin/v1/tenants/{tenant_id}": Get<
    TenantRow & { as_of?: unknown },
    never,
    { tenant_id: string }
  >;
  "/admin/v1/placement/{kind}": Get<PlacementView, never, { kind: ServiceKind }>;
  "/admin/v1/fleet": Get<FleetHealth>;
  "/admin/v1/audit": Get<Page<AuditRow>, ListQuery>;
  "/admin/v1/search": Get<SearchResult, { id: string }>;
}
