// What anybody may ask before signing in: which build answers, and whether it is ready.
import { queryOptions } from "@tanstack/react-query";
import type { components } from "./__generated__/schema";
import { api, unwrap } from "./client";
import { newId } from "./ids";

export type Readiness = { ok: boolean; tookMs: number; failing: string[] };
type Body = components["schemas"]["Readiness"];

/** Which build answers; public, so that the sign-in can say it. */
export const buildQuery = queryOptions({
  queryKey: ["build"],
  queryFn: ({ signal }) => unwrap(api.GET("/health", { signal })),
  staleTime: Number.POSITIVE_INFINITY,
  retry: false,
});

/** Whether the API is ready, asked before anybody is signed in. */
export const readyQuery = queryOptions({
  queryKey: ["ready"],
  queryFn: async ({ signal }): Promise<Readiness> => {
    const began = performance.now();
    const response = await fetch("/ready", { signal, headers: { "x-request-id": newId("req_") } });
    // Ready or not, the answer names each check; a proxy that stands in for the API does not.
    const body = (await response.json().catch(() => undefined)) as Body | undefined;
    const checks = Array.isArray(body?.checks) ? body.checks : [];
    return {
      ok: response.ok,
      tookMs: performance.now() - began,
      failing: checks.filter(({ status }) => status === "fail").map(({ name }) => name),
    };
  },
  refetchInterval: 10_000,
  retry: false,
});
