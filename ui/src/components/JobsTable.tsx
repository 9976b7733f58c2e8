// A list of jobs that opens one.
import { useNavigate } from "@tanstack/react-router";
import type { Job } from "~/api/types";
import { DataTable } from "~/ui/DataTable";
import type { Sort } from "~/ui/tableTypes";
import { jobColumns } from "./jobColumns";

export function JobsTable({
  jobs,
  label,
  hidden = [],
  total,
  sort,
  onSort,
  onEnd,
}: {
  jobs: readonly Job[];
  label: string;
  hidden?: readonly string[];
  total?: number | undefined;
  sort?: Sort;
  onSort?: (next: Sort) => void;
  onEnd?: () => void;
}) {
  const navigate = useNavigate();
  return (
    <DataTable
      label={label}
      columns={jobColumns}
      rows={jobs}
      hidden={hidden}
      rowId={(job) => job.job_id}
      total={total}
      onOpen={(job) => void navigate({ to: "/jobs/$job_id", params: { job_id: job.job_id } })}
      sort={sort}
      {...(onSort ? { onSort } : {})}
      {...(onEnd ? { onEnd } : {})}
    />
  );
}
