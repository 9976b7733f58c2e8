// Every page and its typed search parameters. Pages are loaded when first visited; loaders only
// warm the query cache and never hold a navigation back.
import type { QueryClient } from "@tanstack/react-query";
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  redirect,
} from "@tanstack/react-router";
import * as v from "valibot";
import { jobEventsQuery, jobQuery, jobsQuery, openJobsQuery, sessionQuery } from "./api/queries";
import { NotFound } from "./pages/NotFound";
import { PageFailed } from "./pages/PageFailed";
import { Shell } from "./shell/Shell";

/** A search parameter that is left out of the address when it is empty. */
const text = v.optional(v.pipe(v.string(), v.trim()));

const rootRoute = createRootRouteWithContext<{ client: QueryClient }>()({
  component: Outlet,
  notFoundComponent: NotFound,
});

const signInRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/sign-in",
  validateSearch: v.object({
    /** Only a path of this console, so that the sign-in never leads elsewhere. */
    back: v.fallback(v.optional(v.pipe(v.string(), v.regex(/^\/(?![/\\])/))), undefined),
  }),
  component: lazyRouteComponent(() => import("./pages/SignInPage"), "SignInPage"),
});

const consoleRoute = createRoute({
  getParentRoute: () => rootRoute,
  id: "console",
  beforeLoad: async ({ context, location }) => {
    const session = await context.client.ensureQueryData(sessionQuery);
    if (!session) throw redirect({ to: "/sign-in", search: { back: location.href } });
  },
  loader: ({ context }) => {
    void context.client.prefetchInfiniteQuery(openJobsQuery);
  },
  component: Shell,
  errorComponent: PageFailed,
  notFoundComponent: NotFound,
});

const overviewRoute = createRoute({
  getParentRoute: () => consoleRoute,
  path: "/",
  component: lazyRouteComponent(() => import("./pages/OverviewPage"), "OverviewPage"),
});

export const jobsSearch = v.object({
  state: text,
  kind: text,
  tenant: text,
  actor: text,
  correlation_id: text,
});

const jobsRoute = createRoute({
  getParentRoute: () => consoleRoute,
  path: "/jobs",
  validateSearch: jobsSearch,
  loaderDeps: ({ search }) => search,
  loader: ({ context, deps }) => {
    void context.client.prefetchInfiniteQuery(jobsQuery(deps));
  },
  component: lazyRouteComponent(() => import("./pages/jobs/JobsPage"), "JobsPage"),
});

const jobRoute = createRoute({
  getParentRoute: () => consoleRoute,
  path: "/jobs/$job_id",
  validateSearch: v.object({
    tab: v.fallback(v.optional(v.picklist(["events", "audit", "plan", "reverse"])), undefined),
  }),
  loader: ({ context, params }) => {
    void context.client.prefetchQuery(jobQuery(params.job_id));
    void context.client.prefetchInfiniteQuery(jobEventsQuery(params.job_id));
  },
  component: lazyRouteComponent(() => import("./pages/job/JobPage"), "JobPage"),
});

const investigateRoute = createRoute({
  getParentRoute: () => consoleRoute,
  path: "/investigate",
  validateSearch: v.object({ id: text }),
  component: lazyRouteComponent(() => import("./pages/InvestigatePage"), "InvestigatePage"),
});

const settingsRoute = createRoute({
  getParentRoute: () => consoleRoute,
  path: "/settings",
  component: lazyRouteComponent(() => import("./pages/SettingsPage"), "SettingsPage"),
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
const laterPaths = [
  "/tenants",
  "/placement",
  "/deployments",
  "/observability",
  "/streams",
  "/audit",
  "/users",
  "/sessions",
  "/roles",
  "/config",
  "/definitions",
] as const;
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
    investigateRoute,
    settingsRoute,
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
