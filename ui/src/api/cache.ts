// The query cache and its manners: what is asked again, when, and how often.
import { QueryClient } from "@tanstack/react-query";
import { retryDelay, shouldRetry } from "./client";

export function makeClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 5_000,
        retry: shouldRetry,
        retryDelay,
        refetchOnWindowFocus: true,
        throwOnError: false,
      },
      mutations: { retry: false },
    },
  });
}
