// What a right is made of, whom it reaches, and why a write to somebody or something is off.
import type { Session } from "~/api/types";
import { useSession } from "./session";

export type RightParts = { name: string; area: string; verb: string; tenant: string | undefined };

/** `control.jobs.read:acme`; `control.*` is of every area. */
export function rightParts(right: string): RightParts {
  const [name = right, tenant] = right.split(":");
  const [, area = "*", verb = "*"] = name.split(".");
  return { name, area, verb, tenant };
}

/** The tenants a right reaches; `all` when it has no tenant behind it, nothing when it is not held. */
export function reachOf(
  session: Session | null | undefined,
  wanted: string,
): "all" | readonly string[] {
  const scopes = (session?.rights ?? [])
    .map(rightParts)
    .filter(({ name }) => name === wanted || name === "control.*")
    .map(({ tenant }) => tenant);
  return scopes.includes(undefined)
    ? "all"
    : [...new Set(scopes.filter((each) => each !== undefined))];
}

/** For one row, which may be bound to a tenant. */
export function useMayNot(wanted: string, tenant: string | null | undefined): string | undefined {
  const session = useSession();
  const reach = reachOf(session, wanted);
  if (reach === "all" || (tenant && reach.includes(tenant))) return undefined;
  if (reach.length === 0) return `You lack ${wanted}.`;
  return `You have ${wanted} for ${reach.join(", ")} only.`;
}

/** For anything at all: to make something new. */
export function useMayNowhere(wanted: string): string | undefined {
  const session = useSession();
  const reach = reachOf(session, wanted);
  return reach === "all" || reach.length > 0 ? undefined : `You lack ${wanted}.`;
}
