// Who is signed in and what they may do. The API decides; this only keeps buttons honest.
import { useQuery } from "@tanstack/react-query";
import { sessionQuery } from "~/api/queries";
import type { Session } from "~/api/types";

export function useSession(): Session | null | undefined {
  return useQuery(sessionQuery).data;
}

/** Whether a right covers `wanted`; `tenant` narrows it, `control.*` is the administrator. */
export function holds(rights: readonly string[], wanted: string, tenant?: string): boolean {
  return rights.some((right) => {
    const [name, scope] = right.split(":");
    if (scope !== undefined && scope !== tenant) return false;
    if (name === wanted || name === "control.*") return true;
    return Boolean(name?.endsWith(".*")) && wanted.startsWith(name?.slice(0, -1) ?? "");
  });
}

/** Why an action is off, or undefined when it is on. */
export function useLacks(wanted: string, tenant?: string): string | undefined {
  const session = useSession();
  if (!session) return "Nobody is signed in.";
  return holds(session.rights, wanted, tenant) ? undefined : `You lack ${wanted}.`;
}
