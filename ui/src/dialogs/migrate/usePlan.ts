// The plan of the dialog and the flow it opens. Asking again is a new plan with a new hash; the job
// carries the hash of the plan on screen and nothing else.
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { continueFlow, type Flow, newFlow } from "~/api/flow";
import { newId } from "~/api/ids";
import { createJob, planMigrate } from "~/api/mutations";
import type { MigrateParams, Plan, Receipt } from "~/api/types";

export type Targets = MigrateParams["targets"];

/** Lives as long as the dialog: the key and the flow are made once, when it opens. */
export function useOpened(correlation_id: string | undefined): { key: string; flow: Flow } {
  const [opened] = useState(() => ({
    key: newId("idem_"),
    flow: correlation_id ? continueFlow(correlation_id) : newFlow(),
  }));
  return opened;
}

export function usePlan(tenant_id: string, params: MigrateParams, flow: Flow, key: string) {
  return useQuery<Plan>({
    queryKey: ["plan", key, tenant_id, params],
    queryFn: ({ signal }) => planMigrate(tenant_id, params, flow, signal),
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
    retry: false,
    refetchOnWindowFocus: false,
    refetchOnReconnect: false,
  });
}

export function useCreate(
  tenant_id: string,
  key: string,
  flow: Flow,
  onDone: (receipt: Receipt) => void,
) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: {
      plan: Plan;
      reason: string;
      overrides: { gate: string; reason: string }[];
    }) =>
      createJob(
        body.plan.spec.kind,
        tenant_id,
        {
          params: body.plan.spec.params,
          reason: body.reason,
          plan_hash: body.plan.plan_hash,
          ...(body.overrides.length > 0 ? { overrides: body.overrides } : {}),
        },
        key,
        flow,
      ),
    onSuccess: (receipt) => {
      void client.invalidateQueries({ queryKey: ["jobs"] });
      void client.invalidateQueries({ queryKey: ["tenants"] });
      onDone(receipt);
    },
  });
}
