// What an id belongs to, by the same rules as the API: exact ids, and prefixes of at least 4.
import type { Job, SearchHit, SearchResult } from "~/api/types";
import type { World } from "./world";

/** Which of a job's ids the text is, or begins. */
function matchedBy(job: Job, text: string): SearchHit["matched"] {
  const own = {
    job_id: job.job_id,
    tenant_id: job.tenant_id ?? "",
    correlation_id: job.ids.correlation_id,
    request_id: job.ids.request_id,
    trace_id: job.ids.trace_id,
  };
  return (Object.keys(own) as (keyof typeof own)[]).filter((name) => own[name].startsWith(text));
}

export function search(world: World, id: string): SearchResult {
  const text = id.trim();
  const is = (value: string | null | undefined) =>
    Boolean(value) &&
    text.length >= 2 &&
    (value === text || (text.length >= 4 && String(value).startsWith(text)));
  const jobs = [...world.jobs.values()].filter(
    (job) =>
      is(job.job_id) ||
      is(job.tenant_id) ||
      is(job.ids.correlation_id) ||
      is(job.ids.request_id) ||
      is(job.ids.trace_id),
  );
  const hits: SearchHit[] = jobs.slice(0, 5).map((job) => ({
    type: "job",
    id: job.job_id,
    title: `${job.kind} of ${job.tenant_id}`,
    detail: job.reason,
    state: job.state,
    kind: job.kind,
    tenant_id: job.tenant_id ?? null,
    matched: matchedBy(job, text),
    href: `/jobs/${job.job_id}`,
    ids: job.ids,
  }));
  const ids = new Set(jobs.map((job) => job.job_id));
  const rows = world.audit.filter(
    (row) => (row.job_id && ids.has(row.job_id)) || is(row.ids?.request_id),
  );
  if (rows.length > 0) {
    hits.push({
      type: "audit",
      id: text,
      title: "Audit records",
      detail: String(rows.length),
      state: null,
      kind: null,
      tenant_id: null,
      matched: [],
      ids: null,
      href: jobs[0] ? `/audit?job_id=${jobs[0].job_id}` : "/audit",
    });
  }
  for (const tenant of world.tenants.values()) {
    if (is(tenant.tenant_id) || jobs.some((job) => job.tenant_id === tenant.tenant_id)) {
      hits.push({
        type: "tenant",
        id: tenant.tenant_id,
        title: `Tenant ${tenant.tenant_id}`,
        detail: null,
        state: null,
        kind: null,
        tenant_id: tenant.tenant_id,
        matched: is(tenant.tenant_id) ? ["tenant_id"] : [],
        ids: null,
        href: `/tenants?tenant=${tenant.tenant_id}`,
      });
    }
  }
  return { id: text, hits };
}
