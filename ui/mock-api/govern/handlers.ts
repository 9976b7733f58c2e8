// Users, sessions, roles and permissions over HTTP, by the Gateway's contract.
import { HttpResponse, http } from "msw";
import type {
  GatewaySession,
  NewRole,
  NewUser,
  Role,
  RoleChange,
  User,
  UserChange,
} from "~/api/govern/types";
import { type Context, route } from "../http";
import { Refused } from "../rules";
import { note, now, type World } from "../world";
import { papers } from "./documents";
import { listing, sorted } from "./listing";
import { OWN_SESSION, permissions } from "./people";
import {
  mustExist,
  mustGrant,
  mustKeepAnAdministrator,
  mustRestOn,
  mustStayWithin,
  reaches,
  reachOf,
  reasonOf,
  settle,
} from "./rules";

const READ = "control.iam.read";
const WRITE = "control.iam.write";
const ME = "ines.moreau";

function userOf(at: World, sub: string, right: string): User {
  const reach = reachOf(at, right);
  const user = at.users.get(sub);
  if (!user || !reaches(reach, user.tenant_id)) {
    throw new Refused(404, "not_found", `There is no user ${sub}.`);
  }
  return user;
}

function roleOf(at: World, name: string, right: string): Role {
  reachOf(at, right);
  const role = at.roles.get(name);
  if (!role) throw new Refused(404, "not_found", `There is no role ${name}.`);
  return role;
}

function changed(row: User | Role): void {
  row.version += 1;
  row.updated_at = now();
  row.updated_by = ME;
}

function revoke(at: World, session: GatewaySession, because: string): void {
  Object.assign(session, {
    state: "revoked",
    revoked_at: now(),
    revoked_by: ME,
    revoked_because: because,
  });
  if (session.session_id === OWN_SESSION) at.signedIn = false;
}

function revokeAllOf(at: World, sub: string, because: string): number {
  const active = [...at.sessions.values()].filter(
    (session) => session.sub === sub && session.state === "active",
  );
  for (const session of active) revoke(at, session, because);
  return active.length;
}

function told(at: World, operation: string, resource: string, reason: string): void {
  note(at, { operation, result: "ok", reason, resource });
}

async function makeUser({ request, world: at }: Context) {
  const reach = reachOf(at, WRITE);
  const reason = reasonOf(request);
  const body = (await request.json()) as NewUser;
  if (!reaches(reach, body.tenant_id)) {
    throw new Refused(403, "forbidden", "You may make users of your tenant only.");
  }
  if (!/^[a-z0-9][a-z0-9._-]{0,62}$/.test(body.username)) {
    throw new Refused(422, "bad_argument", "username has an unusable form.", { field: "username" });
  }
  if (body.password.length < 12) {
    throw new Refused(422, "bad_argument", "password is 12 to 1024 bytes.", { field: "password" });
  }
  mustExist(at.roles, body.roles);
  mustStayWithin(body.tenant_id, body.roles, body.rights, at.roles);
  mustGrant(at, body.rights);
  if (at.users.has(body.username)) {
    throw new Refused(409, "already_exists", `There is a user ${body.username} already.`);
  }
  const { password: _, ...rest } = body;
  const user: User = {
    ...rest,
    sub: body.username,
    tenant_id: body.tenant_id ?? null,
    state: "active",
    effective_rights: [],
    version: 1,
    created_at: now(),
    updated_at: now(),
    updated_by: ME,
    last_sign_in_at: null,
  };
  at.users.set(user.sub, user);
  settle(at);
  told(at, "iam.users.create", `users/${user.sub}`, reason);
  return { status: 201, body: user };
}

async function putUser({ request, params, world: at }: Context) {
  const user = userOf(at, params.sub ?? "", WRITE);
  const reason = reasonOf(request);
  mustRestOn(request, user.version);
  const body = (await request.json()) as UserChange;
  mustExist(at.roles, body.roles);
  mustStayWithin(user.tenant_id, body.roles, body.rights, at.roles);
  mustGrant(
    at,
    body.rights.filter((right) => !user.rights.includes(right)),
  );
  if (!body.display_name.trim()) {
    throw new Refused(422, "bad_argument", "display_name is 1 to 128 characters.", {
      field: "display_name",
    });
  }
  const before = { ...user };
  Object.assign(user, body);
  settle(at);
  const still = user.state === "active" && user.effective_rights.includes("control.*");
  if (!still && before.effective_rights.includes("control.*")) {
    try {
      mustKeepAnAdministrator(at, user);
    } catch (error) {
      Object.assign(user, before);
      settle(at);
      throw error;
    }
  }
  changed(user);
  if (user.state === "disabled") revokeAllOf(at, user.sub, reason);
  if (user.sub === ME) at.rights = [...user.effective_rights];
  told(at, "iam.users.update", `users/${user.sub}`, reason);
  return { body: user };
}

const users = [
  http.get(
    "*/admin/v1/iam/users",
    route(({ url, world: at }) => {
      const reach = reachOf(at, READ);
      const get = (name: string) => url.searchParams.get(name);
      const text = get("q") ?? "";
      const rows = [...at.users.values()].filter(
        (user) =>
          reaches(reach, user.tenant_id) &&
          [user.username, user.display_name.toLowerCase(), user.sub].some((each) =>
            each.includes(text.toLowerCase()),
          ) &&
          (get("state") === null || user.state === get("state")) &&
          (get("role") === null || user.roles.includes(get("role") ?? "")) &&
          (get("tenant_id") === null || user.tenant_id === get("tenant_id")),
      );
      const keys = ["username", "display_name", "created_at", "last_sign_in_at"] as const;
      return { body: listing(url, sorted(url, rows, keys, "username")) };
    }),
  ),
  http.post("*/admin/v1/iam/users", route(makeUser)),
  http.get(
    "*/admin/v1/iam/users/:sub",
    route(({ params, world: at }) => ({ body: userOf(at, params.sub ?? "", READ) })),
  ),
  http.put("*/admin/v1/iam/users/:sub", route(putUser)),
  http.delete(
    "*/admin/v1/iam/users/:sub",
    route(({ request, params, world: at }) => {
      const user = userOf(at, params.sub ?? "", WRITE);
      const reason = reasonOf(request);
      mustRestOn(request, user.version);
      mustKeepAnAdministrator(at, user);
      at.users.delete(user.sub);
      revokeAllOf(at, user.sub, reason);
      settle(at);
      told(at, "iam.users.delete", `users/${user.sub}`, reason);
      return { status: 204 };
    }),
  ),
  http.put(
    "*/admin/v1/iam/users/:sub/password",
    route(async ({ request, params, world: at }) => {
      const user = userOf(at, params.sub ?? "", WRITE);
      const reason = reasonOf(request);
      mustRestOn(request, user.version);
      const { password } = (await request.json()) as { password: string };
      if (password.length < 12) {
        throw new Refused(422, "bad_argument", "password is 12 to 1024 bytes.", {
          field: "password",
        });
      }
      changed(user);
      revokeAllOf(at, user.sub, reason);
      told(at, "iam.users.password", `users/${user.sub}`, reason);
      return { status: 204 };
    }),
  ),
  http.delete(
    "*/admin/v1/iam/users/:sub/sessions",
    route(({ request, params, world: at }) => {
      const user = userOf(at, params.sub ?? "", WRITE);
      const reason = reasonOf(request);
      const revoked = revokeAllOf(at, user.sub, reason);
      told(at, "iam.users.sign_out", `users/${user.sub}`, reason);
      return { body: { revoked } };
    }),
  ),
];

const sessions = [
  http.get(
    "*/admin/v1/iam/sessions",
    route(({ url, world: at }) => {
      const reach = reachOf(at, READ);
      const get = (name: string) => url.searchParams.get(name);
      const rows = [...at.sessions.values()].filter(
        (session) =>
          reaches(reach, session.tenant_id) &&
          (get("sub") === null || session.sub === get("sub")) &&
          (get("state") === null || session.state === get("state")) &&
          [session.session_id, session.username].some((each) => each.includes(get("q") ?? "")),
      );
      return {
        body: listing(url, sorted(url, rows, ["created_at", "expires_at"], "-created_at")),
      };
    }),
  ),
  http.get(
    "*/admin/v1/iam/sessions/:session_id",
    route(({ params, world: at }) => ({ body: sessionOf(at, params.session_id ?? "", READ) })),
  ),
  http.delete(
    "*/admin/v1/iam/sessions/:session_id",
    route(({ request, params, world: at }) => {
      const session = sessionOf(at, params.session_id ?? "", WRITE);
      const reason = reasonOf(request);
      if (session.state === "active") revoke(at, session, reason);
      told(at, "iam.sessions.revoke", `sessions/${session.session_id}`, reason);
      return { status: 204 };
    }),
  ),
];

function sessionOf(at: World, id: string, right: string): GatewaySession {
  const reach = reachOf(at, right);
  const session = at.sessions.get(id);
  if (!session || !reaches(reach, session.tenant_id)) {
    throw new Refused(404, "not_found", `There is no session ${id}.`);
  }
  return session;
}

async function makeRole({ request, world: at }: Context) {
  reachOf(at, WRITE);
  const reason = reasonOf(request);
  const body = (await request.json()) as NewRole;
  mustGrant(at, body.rights);
  if (at.roles.has(body.role)) {
    throw new Refused(409, "already_exists", `There is a role ${body.role} already.`);
  }
  const role: Role = {
    ...body,
    rights: [...body.rights].sort(),
    users: 0,
    builtin: false,
    version: 1,
    created_at: now(),
    updated_at: now(),
    updated_by: ME,
  };
  at.roles.set(role.role, role);
  told(at, "iam.roles.create", `roles/${role.role}`, reason);
  return { status: 201, body: role };
}

const roles = [
  http.get(
    "*/admin/v1/iam/roles",
    route(({ url, world: at }) => {
      reachOf(at, READ);
      const text = url.searchParams.get("q") ?? "";
      const rows = [...at.roles.values()].filter(
        (role) => role.role.includes(text) || role.description.includes(text),
      );
      const named = rows.map((role) => ({ ...role, name: role.role }));
      const { items, ...page } = listing(url, sorted(url, named, ["name", "updated_at"], "name"));
      return { body: { ...page, items: items.map(({ name: _, ...role }) => role) } };
    }),
  ),
  http.post("*/admin/v1/iam/roles", route(makeRole)),
  http.get(
    "*/admin/v1/iam/roles/:role",
    route(({ params, world: at }) => ({ body: roleOf(at, params.role ?? "", READ) })),
  ),
  http.put(
    "*/admin/v1/iam/roles/:role",
    route(async ({ request, params, world: at }) => {
      const role = roleOf(at, params.role ?? "", WRITE);
      const reason = reasonOf(request);
      mustRestOn(request, role.version);
      const body = (await request.json()) as RoleChange;
      mustGrant(
        at,
        body.rights.filter((right) => !role.rights.includes(right)),
      );
      Object.assign(role, body, { rights: [...body.rights].sort() });
      changed(role);
      settle(at);
      told(at, "iam.roles.update", `roles/${role.role}`, reason);
      return { body: role };
    }),
  ),
  http.delete(
    "*/admin/v1/iam/roles/:role",
    route(({ request, params, world: at }) => {
      const role = roleOf(at, params.role ?? "", WRITE);
      const reason = reasonOf(request);
      mustRestOn(request, role.version);
      if (role.builtin) {
        throw new Refused(409, "wrong_state", `${role.role} came with the Gateway and stays.`);
      }
      if (role.users > 0) {
        throw new Refused(409, "in_use", `${role.users} users have the role ${role.role}.`);
      }
      at.roles.delete(role.role);
      told(at, "iam.roles.delete", `roles/${role.role}`, reason);
      return { status: 204 };
    }),
  ),
  http.get(
    "*/admin/v1/iam/permissions",
    route(({ url, world: at }) => {
      reachOf(at, READ);
      return { body: listing(url, permissions) };
    }),
  ),
];

const services = http.get("*/admin/v1/services", () =>
  HttpResponse.json({
    observed_at: now(),
    items: [
      ["command-api", "api-1", null],
      ["job-saga", "saga-1", false],
      ["job-saga", "saga-2", true],
      ["projector", "projector-1", true],
    ].map(([service, instance_id, leader]) => ({
      service,
      instance_id,
      leader,
      version: "0.9.3",
      git_sha: "4c1e7ab",
      started_at: now(-7_200_000),
    })),
  }),
);

export const governing = [...users, ...sessions, ...roles, ...papers, services];
