// What can be asked for. A plan has no effect; a job and a verb carry the key that was minted when
// their dialog opened, so that a repeated click is the same request.
import { api, headersOf, unwrap } from "./client";
import type { Flow } from "./flow";
import type { JobKind, JobRequest, JobVerb, MigrateAsk, Plan, Receipt } from "./types";

export function signIn(username: string, password: string): Promise<unknown> {
  return unwrap(api.POST("/admin/v1/session", { body: { username, password } }));
}

export function signOut(): Promise<unknown> {
  return unwrap(api.DELETE("/admin/v1/session"));
}

export function planMigrate(
  tenant_id: string,
  params: MigrateAsk,
  flow: Flow,
  signal?: AbortSignal,
): Promise<Plan> {
  return unwrap(
    api.POST("/admin/v1/plans/{kind}", {
      params: { path: { kind: "tenant-migrate" }, header: { "x-tenant-id": tenant_id } },
      body: { params },
      headers: headersOf(flow),
      ...(signal ? { signal } : {}),
    }),
    flow,
  );
}

export function createJob(
  kind: JobKind,
  tenant_id: string,
  body: JobRequest,
  key: string,
  flow: Flow,
): Promise<Receipt> {
  return unwrap(
    api.POST("/admin/v1/jobs/{kind}", {
      params: { path: { kind }, header: { "x-tenant-id": tenant_id, "idempotency-key": key } },
      body,
      headers: headersOf(flow),
    }),
    flow,
  );
}

const verbPaths = {
  cancel: "/admin/v1/jobs/{job_id}/cancel",
  pause: "/admin/v1/jobs/{job_id}/pause",
  resume: "/admin/v1/jobs/{job_id}/resume",
  retry: "/admin/v1/jobs/{job_id}/retry",
} as const satisfies Record<JobVerb, string>;

export function askJob(
  job_id: string,
  verb: JobVerb,
  reason: string,
  key: string,
  flow: Flow,
): Promise<Receipt> {
  return unwrap(
    api.POST(verbPaths[verb], {
      params: { path: { job_id }, header: { "idempotency-key": key } },
      body: { reason },
      headers: headersOf(flow),
    }),
    flow,
  );
}
