// Opens the migrate dialog for the way back of a migration. Apart from host.ts, which every page has.
import type { Job } from "~/api/types";
import { reverseTargets } from "~/components/jobMoves";
import { openMigrate } from "./host";

/** The mirrored migration of one that has moved placement. */
export function openReverse(
  job: Pick<Job, "job_id" | "tenant_id" | "ids" | "params" | "steps" | "plan">,
) {
  openMigrate(job.tenant_id ?? "", {
    reverse_of: job.job_id,
    correlation_id: job.ids.correlation_id,
    targets: reverseTargets(job),
  });
}
