// Every page and its typed search parameters. Pages are loaded when first visited; loaders only
// warm the query cache and never hold a navigation back.
import type { QueryClient } from "@tanstack/react-query";
import { createRoute, createRouter, lazyRouteComponent } from "@tanstack/react-router";
import {
  auditQuery,
  endedJobsQuery,
  fleetQuery,
  historyQuery,
  jobEventsQuery,
  jobQuery,
  jobsQuery,
  placementsQuery,
  tenantQuery,
  tenantsQuery,
} from "./api/queries";
import { SERVICE_KINDS } from "./api/types";
import { consoleRoute, PageFailed, rootRoute } from "./routes/frame";
import { governRoutes } from "./routes/govern";
import { oneOf, texts } from "./util/search";

const signInRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/sign-in",
  validateSearch: texts("back"),
  component: lazyRouteComponent(() => import("./pages/SignInPage"), "SignInPage"),
});

const overviewRoute = createRoute({
  getParentRoute: () => consoleRoute,
  path: "/",
  loader: ({ context }) => {
    void context.client.prefetchQuery(fleetQuery);
    void context.client.prefetchQuery(placementsQuery);
    void context.client.prefetchInfiniteQuery(endedJobsQuery);
    void context.client.prefetchInfiniteQuery(auditQuery({}));
  },
  component: lazyRouteComponent(() => import("./pages/overview/OverviewPage"), "OverviewPage"),
});

const jobsSearch = texts("state", "kind", "tenant", "actor", "correlation_id", "sort");

const jobsRoute = createRoute({
  getParentRoute: () => consoleRoute,
  path: "/jobs",
  validateSearch: jobsSearch,
  loaderDeps: ({ search }) => jobsSearch(search),
  loader: ({ context, deps }) => {
    void context.client.prefetchInfiniteQuery(jobsQuery(deps));
  },
  component: lazyRouteComponent(() => import("./pages/jobs/JobsPage"), "JobsPage"),
});

const tenantsSearch = texts("tenant", "shard", "state", "sort");

const tenantsRoute = createRoute({
  getParentRoute: () => consoleRoute,
  path: "/tenants",
  validateSearch: tenantsSearch,
  loaderDeps: ({ search }) => tenantsSearch(search),
  loader: ({ context, deps }) => {
    void context.client.prefetchInfiniteQuery(tenantsQuery(deps));
  },
  component: lazyRouteComponent(() => import("./pages/tenants/TenantsPage"), "TenantsPage"),
});

const tenantRoute = createRoute({
  getParentRoute: () => consoleRoute,
  path: "/tenants/$tenant_id",
  loader: ({ context, params: { tenant_id } }) => {
    void context.client.prefetchQuery(tenantQuery(tenant_id));
    void context.client.prefetchInfiniteQuery(jobsQuery({ tenant: tenant_id }));
    for (const kind of SERVICE_KINDS)
      void context.client.prefetchQuery(historyQuery(kind, tenant_id));
  },
  component: lazyRouteComponent(() => import("./pages/tenant/TenantPage"), "TenantPage"),
});

const auditSearch = texts(
  "tenant",
  "actor",
  "operation",
  "resource",
  "job_id",
  "correlation_id",
  "result",
  "sort",
);

const auditRoute = createRoute({
  getParentRoute: () => consoleRoute,
  path: "/audit",
  validateSearch: auditSearch,
  loaderDeps: ({ search }) => auditSearch(search),
  loader: ({ context, deps }) => {
    void context.client.prefetchInfiniteQuery(auditQuery(deps));
  },
  component: lazyRouteComponent(() => import("./pages/audit/AuditPage"), "AuditPage"),
});

const placementRoute = createRoute({
  getParentRoute: () => consoleRoute,
  path: "/placement",
  validateSearch: texts("shard"),
  loader: ({ context }) => {
    void context.client.prefetchQuery(fleetQuery);
    void context.client.prefetchQuery(placementsQuery);
  },
  component: lazyRouteComponent(() => import("./pages/placement/PlacementPage"), "PlacementPage"),
});

const jobRoute = createRoute({
  getParentRoute: () => consoleRoute,
  path: "/jobs/$job_id",
  validateSearch: ({ tab }): { tab?: "events" | "audit" | "plan" | "reverse" | undefined } => ({
    tab: oneOf(tab, ["events", "audit", "plan", "reverse"]),
  }),
  loader: ({ context, params }) => {
    void context.client.prefetchQuery(jobQuery(params.job_id));
    void context.client.prefetchQuery(jobEventsQuery(params.job_id));
  },
  component: lazyRouteComponent(() => import("./pages/job/JobPage"), "JobPage"),
});

const investigateRoute = createRoute({
  getParentRoute: () => consoleRoute,
  path: "/investigate",
  validateSearch: texts("id"),
  component: lazyRouteComponent(
    () => import("./pages/investigate/InvestigatePage"),
    "InvestigatePage",
  ),
});

const settingsRoute = createRoute({
  getParentRoute: () => consoleRoute,
  path: "/settings",
  component: lazyRouteComponent(() => import("./pages/settings/SettingsPage"), "SettingsPage"),
});

const primitivesRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/primitives",
  component: lazyRouteComponent(
    () => import("./pages/primitives/PrimitivesPage"),
    "PrimitivesPage",
  ),
});

const laterPage = lazyRouteComponent(() => import("./pages/LaterPage"), "LaterPage");
const laterPaths = ["/deployments", "/observability", "/streams"] as const;
const laterRoutes = laterPaths.map((path) =>
  createRoute({ getParentRoute: () => consoleRoute, path, component: laterPage }),
);

export const routeTree = rootRoute.addChildren([
  signInRoute,
  primitivesRoute,
  consoleRoute.addChildren([
    overviewRoute,
    jobsRoute,
    jobRoute,
    tenantsRoute,
    tenantRoute,
    placementRoute,
    auditRoute,
    investigateRoute,
    settingsRoute,
    ...governRoutes,
    ...laterRoutes,
  ]),
]);

/** Plain `?name=value`, so that an address can be read and shared. */
function parseSearch(search: string): Record<string, string> {
  return Object.fromEntries(new URLSearchParams(search));
}

function stringifySearch(search: Record<string, unknown>): string {
  const out = new URLSearchParams();
  for (const [name, value] of Object.entries(search)) {
    if (value !== undefined && value !== null && value !== "") out.set(name, String(value));
  }
  const query = out.toString();
  return query ? `?${query}` : "";
}

export function makeRouter(client: QueryClient, options: { history?: never } | object = {}) {
  return createRouter({
    routeTree,
    context: { client },
    parseSearch,
    stringifySearch,
    defaultPreload: "intent",
    defaultPreloadStaleTime: 0,
    defaultErrorComponent: PageFailed,
    ...options,
  });
}

declare module "@tanstack/react-router" {
  interface Register {
    router: ReturnType<typeof makeRouter>;
  }
}
