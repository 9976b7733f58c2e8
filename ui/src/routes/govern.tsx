// Pages of what the Gateway keeps: users, sessions, roles, configuration, definitions. Their queries
// are loaded with the first of them.
import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { oneOf, positive, texts } from "~/util/search";
import { consoleRoute } from "./frame";

const queries = () => import("~/api/govern/queries");

const usersSearch = texts("q", "state", "role", "tenant", "sort");
const usersRoute = createRoute({
  getParentRoute: () => consoleRoute,
  path: "/users",
  validateSearch: usersSearch,
  loaderDeps: ({ search }) => usersSearch(search),
  component: lazyRouteComponent(() => import("~/pages/users/UsersPage"), "UsersPage"),
});

const userRoute = createRoute({
  getParentRoute: () => consoleRoute,
  path: "/users/$sub",
  loader: ({ context: { client }, params: { sub } }) => {
    void queries().then(({ allRolesQuery, permissionsQuery, sessionsQuery, userQuery }) => {
      void client.prefetchQuery(userQuery(sub));
      void client.prefetchQuery(allRolesQuery);
      void client.prefetchQuery(permissionsQuery);
      void client.prefetchInfiniteQuery(sessionsQuery({ sub }));
    });
  },
  component: lazyRouteComponent(() => import("~/pages/users/UserPage"), "UserPage"),
});

const sessionsSearch = texts("q", "sub", "state", "sort");
const sessionsRoute = createRoute({
  getParentRoute: () => consoleRoute,
  path: "/sessions",
  validateSearch: sessionsSearch,
  loaderDeps: ({ search }) => sessionsSearch(search),
  component: lazyRouteComponent(() => import("~/pages/sessions/SessionsPage"), "SessionsPage"),
});

const sessionRoute = createRoute({
  getParentRoute: () => consoleRoute,
  path: "/sessions/$session_id",
  loader: ({ context: { client }, params: { session_id } }) => {
    void queries().then(({ gatewaySessionQuery }) =>
      client.prefetchQuery(gatewaySessionQuery(session_id)),
    );
  },
  component: lazyRouteComponent(() => import("~/pages/sessions/SessionPage"), "SessionPage"),
});

const rolesSearch = texts("q", "sort", "view");
const rolesRoute = createRoute({
  getParentRoute: () => consoleRoute,
  path: "/roles",
  validateSearch: rolesSearch,
  loaderDeps: ({ search }) => rolesSearch(search),
  component: lazyRouteComponent(() => import("~/pages/roles/RolesPage"), "RolesPage"),
});

const roleRoute = createRoute({
  getParentRoute: () => consoleRoute,
  path: "/roles/$role",
  loader: ({ context: { client }, params: { role } }) => {
    void queries().then(({ permissionsQuery, roleQuery, usersQuery }) => {
      void client.prefetchQuery(roleQuery(role));
      void client.prefetchQuery(permissionsQuery);
      void client.prefetchInfiniteQuery(usersQuery({ role }));
    });
  },
  component: lazyRouteComponent(() => import("~/pages/roles/RolePage"), "RolePage"),
});

const configTexts = texts("tenant", "q", "sort");
type Config = ReturnType<typeof configTexts> & { scope?: "platform" | "tenant" | undefined };
const configSearch = (search: Record<string, unknown>): Config => ({
  ...configTexts(search),
  scope: oneOf(search.scope, ["platform", "tenant"]),
});
const configRoute = createRoute({
  getParentRoute: () => consoleRoute,
  path: "/config",
  validateSearch: configSearch,
  loaderDeps: ({ search }) => configSearch(search),
  component: lazyRouteComponent(() => import("~/pages/documents/ConfigPage"), "ConfigPage"),
});

/** Which version is shown, and which it is compared with. */
type Shown = { version?: number | undefined; against?: number | undefined };
const shown = (search: Record<string, unknown>): Shown => ({
  version: positive(search.version),
  against: positive(search.against),
});

const configDocumentRoute = createRoute({
  getParentRoute: () => consoleRoute,
  path: "/config/$name",
  validateSearch: (search: Record<string, unknown>): Shown & { tenant?: string | undefined } => ({
    ...texts("tenant")(search),
    ...shown(search),
  }),
  component: lazyRouteComponent(
    () => import("~/pages/documents/ConfigDocumentPage"),
    "ConfigDocumentPage",
  ),
});

const definitionsSearch = texts("kind", "q", "sort");
const definitionsRoute = createRoute({
  getParentRoute: () => consoleRoute,
  path: "/definitions",
  validateSearch: definitionsSearch,
  loaderDeps: ({ search }) => definitionsSearch(search),
  component: lazyRouteComponent(
    () => import("~/pages/documents/DefinitionsPage"),
    "DefinitionsPage",
  ),
});

const definitionRoute = createRoute({
  getParentRoute: () => consoleRoute,
  path: "/definitions/$kind/$name",
  validateSearch: shown,
  component: lazyRouteComponent(() => import("~/pages/documents/DefinitionPage"), "DefinitionPage"),
});

export const governRoutes = [
  usersRoute,
  userRoute,
  sessionsRoute,
  sessionRoute,
  rolesRoute,
  roleRoute,
  configRoute,
  configDocumentRoute,
  definitionsRoute,
  definitionRoute,
] as const;
