// All jobs, newest first: what runs, what waits for somebody, what has ended and how.
import { useInfiniteQuery } from "@tanstack/react-query";
import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import { jobsQuery } from "~/api/queries";
import { Fresh } from "~/components/Fresh";
import { JobsTable } from "~/components/JobsTable";
import { jobColumns } from "~/components/jobColumns";
import { type FilterDef, ListFilters } from "~/components/ListFilters";
import { Failed } from "~/components/problem";
import { sortOf, sortText } from "~/components/sort";
import { JOB_STATES, jobLook } from "~/components/words";
import { useSession } from "~/session/session";
import { buttonClass } from "~/ui/Button";
import { EmptyState } from "~/ui/EmptyState";
import { PageHead } from "~/ui/PageHead";
import { Panel } from "~/ui/Panel";
import { Skeleton } from "~/ui/Skeleton";
import { int } from "~/util/format";

const route = getRouteApi("/console/jobs");
const USUAL = "-created_at";

type FilterId = "state" | "kind" | "tenant" | "actor" | "correlation_id";
const filters: readonly FilterDef<FilterId>[] = [
  {
    id: "state",
    label: "State",
    operator: "is",
    options: JOB_STATES.map((state) => ({ value: state, label: jobLook(state).word })),
  },
  { id: "tenant", label: "Tenant", operator: "is" },
  { id: "actor", label: "Actor", operator: "is" },
  { id: "kind", label: "Kind", operator: "is" },
  { id: "correlation_id", label: "Correlation", operator: "is" },
];

export function JobsPage() {
  // Only what this page understands; an address may carry more.
  const { sort, ...search } = route.useLoaderDeps();
  const navigate = useNavigate();
  const session = useSession();
  const query = useInfiniteQuery(jobsQuery({ ...search, sort }));
  const jobs = query.data?.pages.flatMap((page) => page.items) ?? [];
  const first = query.data?.pages[0];
  const total = first?.total_estimate ?? jobs.length;
  const filtered = Object.values(search).some(Boolean);
  return (
    <>
      <PageHead title="Jobs" sub={first && int(total)}>
        <Fresh asOf={first?.as_of} fetchedAt={query.dataUpdatedAt} />
      </PageHead>
      <ListFilters
        defs={filters}
        values={search}
        onChange={(next) => void navigate({ to: "/jobs", search: { ...next, sort } })}
        matches={filtered && first ? `${int(total)} match` : undefined}
      />
      <Panel
        fill
        label="Jobs"
        foot={
          jobs.length > 0 && (
            <>
              <span>
                {int(jobs.length)} of {int(Math.max(total, jobs.length))} jobs
              </span>
              <span className="grow" />
              <span>times are those of the log</span>
            </>
          )
        }
      >
        {query.isPending ? (
          <Skeleton
            what="jobs"
            columns={jobColumns.map(({ head, width, num }) => ({ head, width, num }))}
          />
        ) : query.isError && jobs.length === 0 ? (
          <Failed
            error={query.error}
            title="The jobs cannot be read"
            stillTrue="Jobs that run go on."
            onRetry={() => void query.refetch()}
          />
        ) : jobs.length === 0 ? (
          filtered ? (
            <EmptyState
              title="No job matches"
              actions={
                <Link to="/jobs" search={{}} className={buttonClass({ variant: "primary" })}>
                  Clear the filters
                </Link>
              }
            >
              Other jobs are hidden by the filters above.
            </EmptyState>
          ) : (
            <NoJobs environment={session?.environment} />
          )
        ) : (
          <JobsTable
            label="Jobs"
            jobs={jobs}
            total={total}
            sort={sortOf(sort, USUAL)}
            onSort={(next) =>
              void navigate({ to: "/jobs", search: { ...search, sort: sortText(next, USUAL) } })
            }
            onEnd={() =>
              query.hasNextPage && !query.isFetchingNextPage && void query.fetchNextPage()
            }
          />
        )}
      </Panel>
    </>
  );
}

function NoJobs({ environment }: { environment: string | undefined }) {
  return (
    <EmptyState
      title={`No job has run in ${environment ?? "this environment"} yet`}
      command={`curl $CONTROL/admin/v1/plans/tenant-migrate \\
  -H 'x-tenant-id: acme' \\
  --json '{"params":{"targets":{"projection":null}}}'`}
      actions={
        <Link to="/tenants" className={buttonClass({ variant: "primary" })}>
          Go to Tenants
        </Link>
      }
    >
      A job is one move, drain or rollout, with its plan, its gates and its proof. Start one from
      Tenants, or ask for a plan first, which changes nothing:
    </EmptyState>
  );
}
