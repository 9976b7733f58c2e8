// What can be read, as query options: a key, a function, and how fresh it must be.
// Pages name these in loaders and hooks; they never fetch by themselves.
import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { api, isApiError, unwrap } from "./client";
import type {
  AuditQuery,
  AuditRow,
  JobEvent,
  JobsQuery,
  Page,
  ServiceKind,
  Session,
  TenantsQuery,
} from "./types";

/** Rows come by the event stream; these only heal what it missed. */
const LIST_STALE_MS = 10_000;
const OPEN_JOB_POLL_MS = 5_000;
const FLEET_POLL_MS = 5_000;
const PAGE_SIZE = 200;

/** The filters of a list, by the names of its route; where a page begins is this file's business. */
type Filters<Q> = { readonly [name in keyof Omit<Q, "cursor" | "limit" | "min_seq">]?: Q[name] };

function listQuery<F extends object>(filters: F, cursor: string | undefined) {
  const set = Object.entries(filters).filter(([, value]) => value) as [keyof F, F[keyof F]][];
  return {
    ...(Object.fromEntries(set) as F),
    limit: PAGE_SIZE,
    ...(cursor ? { cursor } : {}),
  };
}

const pages = {
  initialPageParam: undefined as string | undefined,
  getNextPageParam: (last: Page<unknown>) => last.next_cursor ?? undefined,
  staleTime: LIST_STALE_MS,
};

export const sessionQuery = queryOptions({
  queryKey: ["session"],
  queryFn: async ({ signal }) => {
    try {
      return await unwrap<Session>(api.GET("/admin/v1/session", { signal }));
    } catch (error) {
      if (isApiError(error) && error.status === 401) return null;
      throw error;
    }
  },
  staleTime: 60_000,
});

export const jobsQuery = (filters: Filters<JobsQuery>) =>
  infiniteQueryOptions({
    queryKey: ["jobs", "list", filters],
    queryFn: ({ pageParam, signal }) =>
      unwrap(
        api.GET("/admin/v1/jobs", { params: { query: listQuery(filters, pageParam) }, signal }),
      ),
    ...pages,
  });

export const jobQuery = (job_id: string) =>
  queryOptions({
    queryKey: ["jobs", "one", job_id],
    queryFn: ({ signal }) =>
      unwrap(api.GET("/admin/v1/jobs/{job_id}", { params: { path: { job_id } }, signal })),
    staleTime: 2_000,
    refetchInterval: ({ state }) =>
      state.data && !state.data.finished_at ? OPEN_JOB_POLL_MS : false,
  });

/** More than any job writes; a story that is longer says so by its last event. */
const MAX_STORY_PAGES = 20;

/** The whole story of a job, oldest first, as the log has it. */
export const jobEventsQuery = (job_id: string) =>
  queryOptions({
    queryKey: ["jobs", "events", job_id],
    queryFn: async ({ signal }) => {
      const events: JobEvent[] = [];
      let cursor: string | undefined;
      for (let at = 0; at < MAX_STORY_PAGES; at++) {
        const page = await unwrap(
          api.GET("/admin/v1/jobs/{job_id}/events", {
            params: { path: { job_id }, query: listQuery({}, cursor) },
            signal,
          }),
        );
        events.push(...page.items);
        cursor = page.next_cursor ?? undefined;
        if (!cursor) break;
      }
      return events;
    },
    staleTime: LIST_STALE_MS,
  });

export const tenantsQuery = (filters: Filters<TenantsQuery>) =>
  infiniteQueryOptions({
    queryKey: ["tenants", "list", filters],
    queryFn: ({ pageParam, signal }) =>
      unwrap(
        api.GET("/admin/v1/tenants", { params: { query: listQuery(filters, pageParam) }, signal }),
      ),
    ...pages,
  });

export const tenantQuery = (tenant_id: string) =>
  queryOptions({
    queryKey: ["tenants", "one", tenant_id],
    queryFn: ({ signal }) =>
      unwrap(api.GET("/admin/v1/tenants/{tenant_id}", { params: { path: { tenant_id } }, signal })),
    staleTime: LIST_STALE_MS,
  });

/** All maps with their shard directories, and where they come from; no tenants. */
export const placementsQuery = queryOptions({
  queryKey: ["placement", "all"],
  queryFn: ({ signal }) => unwrap(api.GET("/admin/v1/placement", { signal })),
  staleTime: LIST_STALE_MS,
});

/** One map with the owner of each tenant. */
export const placementQuery = (kind: ServiceKind) =>
  queryOptions({
    queryKey: ["placement", "kind", kind],
    queryFn: ({ signal }) =>
      unwrap(api.GET("/admin/v1/placement/{kind}", { params: { path: { kind } }, signal })),
    staleTime: LIST_STALE_MS,
  });

/** What a tenant's entry in one map has been, newest first. */
export const historyQuery = (kind: ServiceKind, tenant: string) =>
  queryOptions({
    queryKey: ["placement", "history", kind, tenant],
    queryFn: async ({ signal }) => {
      const page = await unwrap(
        api.GET("/admin/v1/placement/{kind}/history", {
          params: { path: { kind }, query: { tenant } },
          signal,
        }),
      );
      return page.items.toReversed();
    },
    staleTime: LIST_STALE_MS,
  });

/** Asked again by itself: nodes do not write to the event stream. */
export const fleetQuery = queryOptions({
  queryKey: ["fleet"],
  queryFn: ({ signal }) => unwrap(api.GET("/admin/v1/fleet", { signal })),
  staleTime: 2_000,
  refetchInterval: FLEET_POLL_MS,
});

export const auditQuery = (filters: Filters<AuditQuery>) =>
  infiniteQueryOptions({
    queryKey: ["audit", "list", filters],
    queryFn: ({ pageParam, signal }) =>
      // The same route also answers NDJSON, one record a line, to who asks for it; this does not.
      unwrap<Page<AuditRow> | AuditRow>(
        api.GET("/admin/v1/audit", { params: { query: listQuery(filters, pageParam) }, signal }),
      ) as Promise<Page<AuditRow>>,
    ...pages,
  });

export const searchQuery = (id: string) =>
  queryOptions({
    queryKey: ["search", id],
    queryFn: ({ signal }) =>
      unwrap(api.GET("/admin/v1/search", { params: { query: { id } }, signal })),
    staleTime: 5_000,
    enabled: id.length >= 2,
  });

/** Jobs that have not ended; the API takes several states separated by commas. */
export const openJobsQuery = jobsQuery({ state: "pending,running,paused,compensating,stuck" });
export const endedJobsQuery = jobsQuery({ state: "succeeded,cancelled,rolled_back,rejected" });
