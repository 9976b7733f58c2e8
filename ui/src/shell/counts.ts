// The two numbers of the navigation: open jobs, and those that wait for a person.
import { useInfiniteQuery } from "@tanstack/react-query";
import { openJobsQuery } from "~/api/queries";
import type { Job } from "~/api/types";

/** Stuck, paused, or waiting for an operator. */
export function needsPerson(job: Pick<Job, "state" | "waiting_on">): boolean {
  return job.state === "stuck" || job.state === "paused" || job.waiting_on === "operator";
}

export function useOpenCounts(): { open: number; needYou: number } {
  const { data } = useInfiniteQuery(openJobsQuery);
  const jobs = data?.pages.flatMap((page) => page.items) ?? [];
  return { open: jobs.length, needYou: jobs.filter(needsPerson).length };
}
