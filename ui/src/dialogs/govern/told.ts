// What follows a write to the Gateway's administration: what is stale, what is said, where it leads.
import { type FetchQueryOptions, type QueryKey, useQueryClient } from "@tanstack/react-query";
import { type NavigateOptions, useNavigate } from "@tanstack/react-router";
import type { Flow } from "~/api/flow";
import type { User } from "~/api/govern/types";
import { toast } from "~/util/toasts";
import type { Read } from "../edit/useEdit";

/** Also one's own rights and session may be another now. */
export const IAM = [["iam"], ["session"], ["audit"]] as const;
export const DOCUMENTS = [["documents"], ["audit"]] as const;

export const readUser = <V>(user: User, values: V): Read<V> => ({
  values,
  version: user.version,
  by: user.updated_by,
  at: user.updated_at,
});

export function useTold(onClose: () => void) {
  const client = useQueryClient();
  const navigate = useNavigate();
  return {
    /** The row as it is now, not as it was kept. */
    fetch: <T, E, D, K extends QueryKey>(options: FetchQueryOptions<T, E, D, K>) =>
      client.fetchQuery({ ...options, staleTime: 0 }),
    done(says: string, flow: Flow, way?: NavigateOptions) {
      onClose();
      toast(
        says,
        flow.correlation_id ? [{ id: flow.correlation_id, noun: "correlation id" }] : undefined,
      );
      if (way) void navigate(way);
    },
  };
}
