// The operators of the reference pictures, their roles, and everything that can be granted.
import type { GatewaySession, Permission, Role, User } from "~/api/govern/types";

type Spec = [area: string, verb: string, description: string];
const specs: Spec[] = [
  ["jobs", "read", "See jobs, their plans, gates and events"],
  ["jobs", "create", "Start a job: move, drain, reload, roll out"],
  ["jobs", "cancel", "Take a job back before its point of no return"],
  ["jobs", "pause", "Stop a job after the attempt in progress"],
  ["jobs", "resume", "Let a paused job go on"],
  ["jobs", "retry", "Try a failed undo again"],
  ["jobs", "approve", "Agree to a job that needs a second person"],
  ["jobs", "override", "Answer for a gate that is unknown or fails"],
  ["placement", "read", "See the placement maps and their history"],
  ["tenants", "read", "See tenants and where they live"],
  ["fleet", "read", "See nodes, their health and versions"],
  ["deployments", "read", "See services and rollouts"],
  ["audit", "read", "Read and export the audit log"],
  ["iam", "read", "See users, sessions, roles and permissions"],
  ["iam", "write", "Change users and roles, revoke sessions"],
  ["config", "read", "See configuration and its versions"],
  ["config", "write", "Change configuration"],
  ["definitions", "read", "See definitions and their versions"],
  ["definitions", "write", "Change definitions"],
];

export const permissions: Permission[] = specs.map(([area, verb, description]) => ({
  right: `control.${area}.${verb}`,
  area,
  verb,
  description,
}));

const ago = (hours: number) => new Date(Date.now() - hours * 3_600_000).toISOString();

function role(
  name: string,
  description: string,
  rights: string[],
  builtin: boolean,
  version = 1,
): Role {
  return {
    role: name,
    description,
    rights: [...rights].sort(),
    users: 0,
    builtin,
    version,
    created_at: ago(9_000),
    updated_at: ago(builtin ? 9_000 : 190),
    updated_by: builtin ? null : "ines.moreau",
  };
}

const reads = permissions.filter(({ verb }) => verb === "read").map(({ right }) => right);

export function firstRoles(): Role[] {
  return [
    role("admin", "Everything, on every tenant", ["control.*"], true),
    role(
      "operator",
      "Runs the fleet: sees everything, starts and stops jobs",
      [
        ...reads,
        ...["create", "cancel", "pause", "resume", "retry"].map((verb) => `control.jobs.${verb}`),
      ],
      true,
    ),
    role("viewer", "Sees everything, changes nothing", reads, true),
    role(
      "config-editor",
      "Changes configuration and definitions, on call for neither",
      ["control.config.read", "control.config.write", "control.definitions.read"],
      false,
      4,
    ),
    role(
      "tenant-support",
      "Looks after one tenant",
      ["control.jobs.read", "control.tenants.read"],
      false,
      2,
    ),
  ];
}

type Person = [
  username: string,
  display_name: string,
  roles: string[],
  rights: string[],
  lastHours: number | null,
  tenant_id?: string,
  state?: "disabled",
];

const people: Person[] = [
  ["ines.moreau", "Ines Moreau", ["admin"], [], 0.4],
  ["t.lindqvist", "Tove Lindqvist", ["operator"], ["control.jobs.approve"], 1.2],
  ["m.okafor", "Michael Okafor", ["operator", "config-editor"], [], 0.1],
  ["k.adeyemi", "Kemi Adeyemi", ["operator"], ["control.jobs.override"], 26],
  ["p.ruiz", "Paula Ruiz", ["viewer"], [], 3],
  ["s.haddad", "Samir Haddad", ["tenant-support"], [], 51, "acme"],
  ["j.novak", "Jana Nováková", ["tenant-support"], ["control.audit.read:globex"], 400, "globex"],
  ["d.brandt", "Dieter Brandt", ["operator"], [], 2_200, undefined, "disabled"],
  ["ci.deploy", "Deploy pipeline", ["viewer"], ["control.jobs.create"], null],
];

/** What somebody may do: of the roles and their own, for their tenant only when they have one. */
export function effective(
  roles: readonly string[],
  rights: readonly string[],
  tenant_id: string | null,
  all: ReadonlyMap<string, Role>,
): string[] {
  const held = [...roles.flatMap((name) => all.get(name)?.rights ?? []), ...rights];
  const bound = held.map((right) =>
    tenant_id && !right.includes(":") ? `${right}:${tenant_id}` : right,
  );
  return [...new Set(bound)].sort();
}

export function firstUsers(roles: ReadonlyMap<string, Role>): User[] {
  return people.map(
    ([username, display_name, named, rights, last, tenant = null, state], index) => ({
      sub: username,
      username,
      display_name,
      state: state ?? "active",
      roles: [...named].sort(),
      rights: [...rights].sort(),
      effective_rights: effective(named, rights, tenant, roles),
      tenant_id: tenant,
      version: 1 + (index % 4),
      created_at: ago(8_000 - index * 300),
      updated_at: ago(300 - index * 20),
      updated_by: index === 0 ? null : "ines.moreau",
      last_sign_in_at: last === null ? null : ago(last),
    }),
  );
}

export const OWN_SESSION = "ses_01J9ZK0000000000000000E8VN";

export function firstSessions(users: readonly User[]): GatewaySession[] {
  const one = (
    session_id: string,
    username: string,
    startedHours: number,
    more: Partial<GatewaySession> = {},
  ): GatewaySession => ({
    session_id,
    sub: username,
    username,
    tenant_id: users.find((user) => user.username === username)?.tenant_id ?? null,
    state: "active",
    created_at: ago(startedHours),
    expires_at: ago(startedHours - 12),
    revoked_at: null,
    revoked_by: null,
    revoked_because: null,
    ...more,
  });
  return [
    one(OWN_SESSION, "ines.moreau", 0.4),
    one("ses_01J9ZJ7Q4M8V2T6RX3WB5NC2KF", "m.okafor", 0.1),
    one("ses_01J9ZH3V9D0S8Q1A6T2R5Y7P4M", "t.lindqvist", 1.2),
    one("ses_01J9ZG8X2B4N6M8Q0W3E5R7T9Y", "p.ruiz", 3),
    one("ses_01J9YB0M6K8H4F2D9S7A5P3N1V", "k.adeyemi", 26, { state: "expired" }),
    one("ses_01J9Y4T3R5E7W9Q2A4S6D8F0G1", "m.okafor", 9, {
      state: "revoked",
      revoked_at: ago(2),
      revoked_by: "ines.moreau",
      revoked_because: "laptop left on the train, INC-2301",
    }),
    one("ses_01J9Y2H6J8K0L2P4O6I8U0Y2T4", "s.haddad", 6),
  ];
}
