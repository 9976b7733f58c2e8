// Rights as people read them: what they are about, whom they reach, and why somebody holds them.
import type { Permission, Role, User } from "~/api/govern/types";
import { rightParts } from "~/session/reach";

/** What a user would hold: of the roles and their own, each once; for their tenant if they have one. */
export function effectiveRights(
  user: Pick<User, "roles" | "rights" | "tenant_id">,
  roles: readonly Role[],
): string[] {
  const held = [
    ...roles.filter(({ role }) => user.roles.includes(role)).flatMap(({ rights }) => rights),
    ...user.rights,
  ];
  return [...new Set(held.map((right) => boundTo(right, user.tenant_id)))].sort();
}

/** Why a role cannot be given to who is bound to a tenant, or undefined. */
export function beyond(rights: readonly string[], tenant: string | undefined): string | undefined {
  if (!tenant) return undefined;
  const right = rights.find((each) => {
    const { name, tenant: of } = rightParts(each);
    return name === "control.*" || (of !== undefined && of !== tenant);
  });
  return right && `It brings ${right}, which reaches beyond ${tenant}.`;
}

/** Every right of who is bound to a tenant ends in it. */
export function boundTo(right: string, tenant: string | null | undefined): string {
  return tenant && !right.includes(":") ? `${right}:${tenant}` : right;
}

/** The roles that give a right, and whether it is also the user's own. */
export function whyHeld(
  right: string,
  user: Pick<User, "roles" | "rights" | "tenant_id">,
  roles: readonly Role[],
): { roles: string[]; own: boolean } {
  const gives = (each: string) => boundTo(each, user.tenant_id) === right;
  return {
    roles: roles
      .filter(({ role, rights }) => user.roles.includes(role) && rights.some(gives))
      .map(({ role }) => role),
    own: user.rights.some(gives),
  };
}

/** By area, in order; `control.*` stands first, under every area. */
export function byArea<T extends { right: string }>(rows: readonly T[]): [string, T[]][] {
  const areas = new Map<string, T[]>();
  for (const row of rows) {
    const { area } = rightParts(row.right);
    areas.set(area, [...(areas.get(area) ?? []), row]);
  }
  return [...areas].sort(([a], [b]) => a.localeCompare(b));
}

export const areaTitle = (area: string) => (area === "*" ? "Every area" : area);

export const describe = (right: string, permissions: readonly Permission[] | undefined) =>
  right.startsWith("control.*")
    ? "Everything there is, and whatever comes"
    : permissions?.find((each) => each.right === rightParts(right).name)?.description;
