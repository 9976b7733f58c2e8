// What an id belongs to, by the same rules as the API: exact ids, and prefixes of at least 4.
import type { SearchHit, SearchResult } from "~/api/types";
import type { World } from "./world";

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
        ids: null,
        href: `/tenants?tenant=${tenant.tenant_id}`,
      });
    }
  }
  return { id: text, hits };
}
