// One tenant: where it lives in each map, how it is now, its jobs, and where it has lived before.
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { isApiError } from "~/api/client";
import { jobsQuery, tenantQuery } from "~/api/queries";
import { type Current, SERVICE_KINDS, type TenantRow } from "~/api/types";
import { Fact, Facts, IdLine } from "~/components/Facts";
import { Fresh } from "~/components/Fresh";
import { JobsTable } from "~/components/JobsTable";
import { Failed } from "~/components/problem";
import { Drift, Measured, TenantStatus } from "~/components/states";
import { moveOff } from "~/components/tenantActions";
import { usePageTitle } from "~/components/title";
import { jobTitle, sentence } from "~/components/words";
import { openMigrate } from "~/dialogs/host";
import { useLacks } from "~/session/session";
import { Button } from "~/ui/Button";
import { EmptyState } from "~/ui/EmptyState";
import { IdChip } from "~/ui/IdChip";
import { PageHead } from "~/ui/PageHead";
import { Panel } from "~/ui/Panel";
import { ShardChip } from "~/ui/ShardChip";
import { Skeleton } from "~/ui/Skeleton";
import { Time } from "~/ui/Time";
import { int, span } from "~/util/format";
import { History } from "./History";
import css from "./TenantPage.module.css";

const route = getRouteApi("/console/tenants/$tenant_id");

export function TenantPage() {
  const { tenant_id } = route.useParams();
  const query = useQuery(tenantQuery(tenant_id));
  const row = query.data;
  usePageTitle(tenant_id);
  if (!row) {
    return (
      <>
        <PageHead title={tenant_id} sub="tenant" />
        <Panel fill label="Tenant">
          {query.isError ? (
            <Failed
              error={query.error}
              {...(isApiError(query.error) && query.error.status === 404
                ? {
                    title: "No tenant has this id",
                    stillTrue: "It may belong to another environment, or is not placed yet.",
                  }
                : {
                    title: "This tenant cannot be read",
                    stillTrue: "It is served; only this page is missing.",
                  })}
              onRetry={() => void query.refetch()}
            />
          ) : (
            <Skeleton
              what="the tenant"
              columns={["Kind", "Shard", "Epoch", "Revision"].map((head) => ({ head }))}
            />
          )}
        </Panel>
      </>
    );
  }
  return (
    <>
      <Head row={row} fetchedAt={query.dataUpdatedAt} />
      <TenantFacts row={row} />
      <IdLine>
        <span>
          Tenant <IdChip id={tenant_id} noun="tenant id" />
        </span>
        <span className="grow" />
        <Link to="/audit" search={{ tenant: tenant_id }} className="link">
          Audit log
        </Link>
        <Link to="/investigate" search={{ id: tenant_id }} className="link">
          Investigate
        </Link>
      </IdLine>
      <div className={css.columns}>
        <TenantJobs tenantId={tenant_id} />
        <History tenantId={tenant_id} />
      </div>
    </>
  );
}

function Head({ row, fetchedAt }: { row: Current<TenantRow>; fetchedAt: number }) {
  const lacks = useLacks("control.jobs.create", row.tenant_id);
  const off = moveOff(row, lacks);
  return (
    <PageHead title={row.tenant_id} status={<TenantStatus state={row.state} pill />}>
      <Fresh asOf={row.as_of} fetchedAt={fetchedAt} />
      {off && <span className="t3 fs12">{off}</span>}
      <Button icon="move" off={off} onClick={() => openMigrate(row.tenant_id)}>
        Migrate…
      </Button>
    </PageHead>
  );
}

function TenantFacts({ row }: { row: TenantRow }) {
  const measured = (value: number | null | undefined, show: (value: number) => string) =>
    value === null || value === undefined ? null : show(value);
  const lag = measured(row.lag_events, int);
  const late = measured(row.lag_ms, span);
  return (
    <Facts>
      {SERVICE_KINDS.map((kind) => {
        const entry = row.placement[kind];
        return (
          <Fact key={kind} name={sentence(kind)}>
            {entry ? (
              <>
                <ShardChip shard={entry.shard} to={entry.to ?? undefined} epoch={entry.epoch} />
                {entry.pinned && <span className="t3"> pinned</span>}
              </>
            ) : (
              <span className="t3">—</span>
            )}
          </Fact>
        );
      })}
      <Fact name="In flight">
        <Measured value={measured(row.inflight, int)} because="An owner does not answer." />
      </Fact>
      <Fact name="Lag, events">
        <Measured
          value={lag === null ? null : `${lag} · ${late ?? "age unknown"}`}
          because="An owner does not answer."
        />
      </Fact>
      <Fact name="Drift">
        <Drift drift={row.drift} />
      </Fact>
      <Fact name="Open job">
        {row.open_job ? (
          <Link to="/jobs/$job_id" params={{ job_id: row.open_job.job_id }} className="link">
            {jobTitle({ kind: row.open_job.kind, tenant_id: row.tenant_id })}
          </Link>
        ) : (
          "none"
        )}
      </Fact>
      <Fact name="Last change">
        {row.updated_at ? <Time at={row.updated_at} relative /> : <span className="t3">—</span>}
      </Fact>
    </Facts>
  );
}

function TenantJobs({ tenantId }: { tenantId: string }) {
  const query = useInfiniteQuery(jobsQuery({ tenant: tenantId }));
  const jobs = query.data?.pages.flatMap((page) => page.items) ?? [];
  const total = query.data?.pages[0]?.total_estimate ?? jobs.length;
  return (
    <Panel fill title="Jobs" count={query.data && int(total)} end="newest first">
      {query.isPending ? (
        <Skeleton
          what="its jobs"
          columns={["State", "Where", "Step now", "Done"].map((head) => ({ head }))}
        />
      ) : query.isError && jobs.length === 0 ? (
        <Failed
          error={query.error}
          title="Its jobs cannot be read"
          onRetry={() => void query.refetch()}
        />
      ) : jobs.length === 0 ? (
        <EmptyState title={`No job has touched ${tenantId} yet`}>
          A migration of it appears here with its plan, its gates and its proof.
        </EmptyState>
      ) : (
        <JobsTable
          label={`Jobs of ${tenantId}`}
          jobs={jobs}
          total={total}
          hidden={["job", "steps", "done", "actor"]}
          onEnd={() => query.hasNextPage && !query.isFetchingNextPage && void query.fetchNextPage()}
        />
      )}
    </Panel>
  );
}
