// What every page stands in: the root, and the console for who is signed in.
import type { QueryClient } from "@tanstack/react-query";
import {
  createRootRouteWithContext,
  createRoute,
  lazyRouteComponent,
  Outlet,
  redirect,
} from "@tanstack/react-router";
import { openJobsQuery, sessionQuery } from "~/api/queries";
import { Shell } from "~/shell/Shell";

const NotFound = lazyRouteComponent(() => import("~/pages/NotFound"), "NotFound");
export const PageFailed = lazyRouteComponent(() => import("~/pages/PageFailed"), "PageFailed");

export const rootRoute = createRootRouteWithContext<{ client: QueryClient }>()({
  component: Outlet,
  notFoundComponent: NotFound,
});

export const consoleRoute = createRoute({
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
