// The plan of the dialog and the flow it opens. Asking again is a new plan with a new hash; the job
// carries the hash of the plan on screen and nothing else.
import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { continueFlow, type Flow, newFlow } from "~/api/flow";
import { newId } from "~/api/ids";
import { createJob, planMigrate } from "~/api/mutations";
import { openJobsQuery } from "~/api/queries";
import type { Job, MigrateAsk, Plan, Receipt } from "~/api/types";
import { isOpen } from "~/components/words";

export type Targets = MigrateAsk["targets"];

/** Lives as long as the dialog: the key and the flow are made once, when it opens. */
export function useOpened(correlation_id: string | undefined): { key: string; flow: Flow } {
  const [opened] = useState(() => ({
    key: newId("idem_"),
    flow: correlation_id ? continueFlow(correlation_id) : newFlow(),
  }));
  return opened;
}

/** The open job of the tenant, as the live list of open jobs has it. */
export function useHolder(tenant_id: string): Job | undefined {
  const { data } = useInfiniteQuery(openJobsQuery);
  return data?.pages
    .flatMap((page) => page.items)
    .find((job) => job.tenant_id === tenant_id && isOpen(job.state));
}

/** Planned anew when the holder has gone: it may have changed what the plan rests on. */
export function usePlan(
  tenant_id: string,
  params: MigrateAsk,
  flow: Flow,
  key: string,
  holder: string | undefined,
) {
  return useQuery<Plan>({
    queryKey: ["plan", key, tenant_id, params, holder ?? null],
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
