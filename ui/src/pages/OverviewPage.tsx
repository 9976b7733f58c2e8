// What needs a person first, then what runs.
import { useInfiniteQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { openJobsQuery } from "~/api/queries";
import { Fresh } from "~/components/Fresh";
import { Failed } from "~/components/problem";
import { DataTable } from "~/ui/DataTable";
import { EmptyState } from "~/ui/EmptyState";
import { PageHead } from "~/ui/PageHead";
import { Panel } from "~/ui/Panel";
import { Skeleton } from "~/ui/Skeleton";
import { jobColumns } from "./jobs/columns";

export function OverviewPage() {
  const query = useInfiniteQuery(openJobsQuery);
  const navigate = useNavigate();
  const jobs = query.data?.pages.flatMap((page) => page.items) ?? [];
  const first = query.data?.pages[0];
  return (
    <>
      <PageHead title="Overview">
        <Fresh asOf={first?.as_of} fetchedAt={query.dataUpdatedAt} />
      </PageHead>
      <Panel
        fill
        title="Open jobs"
        count={first && jobs.length}
        end={
          <Link to="/jobs" className="link">
            All jobs
          </Link>
        }
      >
        {query.isPending ? (
          <Skeleton what="open jobs" columns={jobColumns} />
        ) : query.isError && jobs.length === 0 ? (
          <Failed
            error={query.error}
            title="The open jobs cannot be read"
            onRetry={() => void query.refetch()}
          />
        ) : jobs.length === 0 ? (
          <EmptyState title="Nothing runs">
            No job is open, so nothing moves and nobody is asked for anything.
          </EmptyState>
        ) : (
          <DataTable
            label="Open jobs"
            columns={jobColumns}
            rows={jobs}
            rowId={(job) => job.job_id}
            onOpen={(job) => void navigate({ to: "/jobs/$job_id", params: { job_id: job.job_id } })}
          />
        )}
      </Panel>
    </>
  );
}
