// What the Gateway's administration takes and refuses: rights per row, versions, reasons.
import type { Role, User } from "~/api/govern/types";
import { Refused } from "../rules";
import { note, type World } from "../world";
import { effective, permissions } from "./people";

/** The tenants a right reaches; `all` without a tenant behind it. */
export type Reach = "all" | ReadonlySet<string>;

export function reachOf(at: World, right: string): Reach {
  if (!at.signedIn) throw new Refused(401, "unauthenticated", "There is no session.");
  const tenants = new Set<string>();
  for (const held of at.rights) {
    const [name, tenant] = held.split(":");
    if (name !== right && name !== "control.*") continue;
    if (!tenant) return "all";
    tenants.add(tenant);
  }
  if (tenants.size === 0) {
    note(at, { operation: right.replace("control.", ""), result: "denied" });
    throw new Refused(403, "forbidden", `You lack ${right}.`, { right });
  }
  return tenants;
}

export function reaches(reach: Reach, tenant: string | null | undefined): boolean {
  return reach === "all" || (tenant != null && reach.has(tenant));
}

export function reasonOf(request: Request): string {
  const text = decodeURIComponent(request.headers.get("x-reason") ?? "").trim();
  if (!text || [...text].length > 500) {
    throw new Refused(422, "reason_invalid", "x-reason is 1 to 500 characters.");
  }
  return text;
}

/** The version a write rests on must be the one in force. */
export function mustRestOn(request: Request, current: number | null): void {
  const none = request.headers.get("if-none-match") === "*";
  const match = request.headers.get("if-match");
  if (!none && !match) {
    throw new Refused(428, "version_required", "If-Match names the version that was read.");
  }
  const fits = none ? current === null : match === `"${current}"`;
  if (!fits) {
    throw new Refused(412, "stale_version", `The version in force is ${current ?? "none"}.`, {
      current_version: current,
    });
  }
}

/** Only what exists can be granted, and only by who holds it. */
export function mustGrant(at: World, rights: readonly string[]): void {
  for (const right of rights) {
    const [name, tenant] = right.split(":");
    if (name !== "control.*" && !permissions.some((each) => each.right === name)) {
      throw new Refused(422, "bad_argument", `There is no right ${right}.`, { field: "rights" });
    }
    const holds = at.rights.some((held) => {
      const [own, of] = held.split(":");
      return (own === name || own === "control.*") && (of === undefined || of === tenant);
    });
    if (!holds) {
      throw new Refused(403, "forbidden", `You cannot grant ${right}, which you do not hold.`);
    }
  }
}

export function mustExist(roles: ReadonlyMap<string, Role>, names: readonly string[]): void {
  const missing = names.find((name) => !roles.has(name));
  if (missing) {
    throw new Refused(422, "bad_argument", `There is no role ${missing}.`, { field: "roles" });
  }
}

/** Somebody must be left who may do everything. */
export function mustKeepAnAdministrator(at: World, without: User): void {
  const left = [...at.users.values()].some(
    (user) =>
      user.sub !== without.sub &&
      user.state === "active" &&
      user.effective_rights.includes("control.*"),
  );
  if (!left) {
    throw new Refused(
      409,
      "last_administrator",
      `${without.username} is the last one who may do everything.`,
    );
  }
}

/** After a role or a user has changed: what each may do, and how many have each role. */
export function settle(at: World): void {
  for (const role of at.roles.values()) {
    role.users = [...at.users.values()].filter((user) => user.roles.includes(role.role)).length;
  }
  for (const user of at.users.values()) {
    user.effective_rights = effective(user.roles, user.rights, user.tenant_id, at.roles);
  }
}

/** Whoever is bound to a tenant holds nothing beyond it: rights of roles are narrowed to it. */
export function mustStayWithin(
  tenant: string | null | undefined,
  names: readonly string[],
  rights: readonly string[],
  roles: ReadonlyMap<string, Role>,
): void {
  if (!tenant) return;
  const foreign = (right: string) =>
    right.startsWith("control.*") || (right.includes(":") && !right.endsWith(`:${tenant}`));
  for (const name of names) {
    const right = roles.get(name)?.rights.find(foreign);
    if (right) {
      throw new Refused(422, "bad_argument", `${name} brings ${right}, beyond ${tenant}.`, {
        field: "roles",
      });
    }
  }
  const own = rights.find((right) => !right.endsWith(`:${tenant}`));
  if (own) {
    throw new Refused(422, "bad_argument", `${own} reaches beyond ${tenant}.`, {
      field: "rights",
    });
  }
}
