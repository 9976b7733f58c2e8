// What can be read of the Gateway's administration. It keeps these rows and writes no events, so
// lists are asked again when somebody looks at them, and after each write from here.
import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { api, unwrap } from "../client";
import { readDocument, readDocuments, readVersion, readVersions } from "./documents";
import type {
  DocumentsQuery,
  Listing,
  RolesQuery,
  SessionsQuery,
  Space,
  UsersQuery,
} from "./types";

const STALE_MS = 5_000;
const PAGE_SIZE = 100;
/** What a picker offers at most; a Gateway with more roles or rights says so by its total. */
const MOST = 200;

type Filters<Q> = { readonly [name in keyof Omit<Q, "cursor" | "limit">]?: Q[name] | undefined };

/** A page of a list by its filters; what is not set is not sent. */
function listing<F extends object>(filters: F, cursor: string | undefined, limit = PAGE_SIZE) {
  const set = Object.entries(filters).filter(([, value]) => value);
  return {
    ...(Object.fromEntries(set) as { [name in keyof F]: NonNullable<F[name]> }),
    limit,
    ...(cursor ? { cursor } : {}),
  };
}

const pages = {
  initialPageParam: undefined as string | undefined,
  getNextPageParam: (last: Listing<unknown>) => last.next_cursor ?? undefined,
  staleTime: STALE_MS,
};

export const usersQuery = (filters: Filters<UsersQuery>) =>
  infiniteQueryOptions({
    queryKey: ["iam", "users", "list", filters],
    queryFn: ({ pageParam, signal }) =>
      unwrap(
        api.GET("/admin/v1/iam/users", { params: { query: listing(filters, pageParam) }, signal }),
      ),
    ...pages,
  });

export const userQuery = (sub: string) =>
  queryOptions({
    queryKey: ["iam", "users", "one", sub],
    queryFn: ({ signal }) =>
      unwrap(api.GET("/admin/v1/iam/users/{sub}", { params: { path: { sub } }, signal })),
    staleTime: STALE_MS,
  });

export const sessionsQuery = (filters: Filters<SessionsQuery>) =>
  infiniteQueryOptions({
    queryKey: ["iam", "sessions", "list", filters],
    queryFn: ({ pageParam, signal }) =>
      unwrap(
        api.GET("/admin/v1/iam/sessions", {
          params: { query: listing(filters, pageParam) },
          signal,
        }),
      ),
    ...pages,
  });

export const gatewaySessionQuery = (session_id: string) =>
  queryOptions({
    queryKey: ["iam", "sessions", "one", session_id],
    queryFn: ({ signal }) =>
      unwrap(
        api.GET("/admin/v1/iam/sessions/{session_id}", {
          params: { path: { session_id } },
          signal,
        }),
      ),
    staleTime: STALE_MS,
  });

export const rolesQuery = (filters: Filters<RolesQuery>) =>
  infiniteQueryOptions({
    queryKey: ["iam", "roles", "list", filters],
    queryFn: ({ pageParam, signal }) =>
      unwrap(
        api.GET("/admin/v1/iam/roles", { params: { query: listing(filters, pageParam) }, signal }),
      ),
    ...pages,
  });

export const roleQuery = (role: string) =>
  queryOptions({
    queryKey: ["iam", "roles", "one", role],
    queryFn: ({ signal }) =>
      unwrap(api.GET("/admin/v1/iam/roles/{role}", { params: { path: { role } }, signal })),
    staleTime: STALE_MS,
  });

/** All roles at once, for pickers and for why somebody holds a right. */
export const allRolesQuery = queryOptions({
  queryKey: ["iam", "roles", "all"],
  queryFn: async ({ signal }) =>
    (await unwrap(api.GET("/admin/v1/iam/roles", { params: { query: { limit: MOST } }, signal })))
      .items,
  staleTime: STALE_MS,
});

/** Every right that can be granted; the Gateway sends them all at once. */
export const permissionsQuery = queryOptions({
  queryKey: ["iam", "permissions"],
  queryFn: async ({ signal }) =>
    (await unwrap(api.GET("/admin/v1/iam/permissions", { signal }))).items,
  staleTime: 60_000,
});

export const documentsQuery = (space: Space, filters: Filters<DocumentsQuery>) =>
  infiniteQueryOptions({
    queryKey: ["documents", "list", space, filters],
    queryFn: ({ pageParam, signal }) => readDocuments(space, listing(filters, pageParam), signal),
    ...pages,
  });

export const documentQuery = (space: Space, name: string) =>
  queryOptions({
    queryKey: ["documents", "one", space, name],
    queryFn: ({ signal }) => readDocument(space, name, signal),
    staleTime: STALE_MS,
  });

export const versionsQuery = (space: Space, name: string) =>
  infiniteQueryOptions({
    queryKey: ["documents", "versions", space, name],
    queryFn: ({ pageParam, signal }) => readVersions(space, name, listing({}, pageParam), signal),
    ...pages,
  });

/** A version never changes. */
export const versionQuery = (space: Space, name: string, version: number) =>
  queryOptions({
    queryKey: ["documents", "version", space, name, version],
    queryFn: ({ signal }) => readVersion(space, name, version, signal),
    staleTime: Number.POSITIVE_INFINITY,
  });

/** Every instance of every service that tells of itself. */
export const servicesQuery = queryOptions({
  queryKey: ["services"],
  queryFn: async ({ signal }) => (await unwrap(api.GET("/admin/v1/services", { signal }))).items,
  staleTime: STALE_MS,
  refetchInterval: 10_000,
});
