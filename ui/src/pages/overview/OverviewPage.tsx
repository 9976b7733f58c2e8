// Does anything need me, and which first? Fleet, what waits for a person, what runs, what changed.
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { auditQuery, fleetQuery, openJobsQuery, placementsQuery } from "~/api/queries";
import { SERVICE_KINDS } from "~/api/types";
import { Fresh } from "~/components/Fresh";
import { JobsTable } from "~/components/JobsTable";
import { Failed } from "~/components/problem";
import { shardsOf } from "~/components/shards";
import { PageHead } from "~/ui/PageHead";
import { Panel } from "~/ui/Panel";
import { Skeleton } from "~/ui/Skeleton";
import { count } from "~/util/format";
import { Balance } from "./Balance";
import { Changes } from "./Changes";
import { Ended } from "./Ended";
import { FleetStrip } from "./FleetStrip";
import { NeedsYou } from "./NeedsYou";
import css from "./OverviewPage.module.css";

export function OverviewPage() {
  const open = useInfiniteQuery(openJobsQuery);
  const fleet = useQuery(fleetQuery);
  const placement = useQuery(placementsQuery);
  const audit = useInfiniteQuery(auditQuery({}));
  const jobs = open.data?.pages.flatMap((page) => page.items) ?? [];
  const first = open.data?.pages[0];
  const nodes = fleet.data?.nodes ?? [];
  const changes = audit.data?.pages.flatMap((page) => page.items) ?? [];
  const maps = placement.data?.maps ?? [];
  const groups = SERVICE_KINDS.map((kind) => {
    const map = maps.find((each) => each.kind === kind);
    return { kind, map, shards: shardsOf(kind, map, nodes) };
  });
  const tenants = Math.max(
    0,
    ...maps.map((map) => map.shards.reduce((sum, shard) => sum + shard.tenants, 0)),
  );
  const sub = [
    fleet.data && count(nodes.length, "node"),
    placement.data && count(tenants, "tenant"),
  ];
  return (
    <>
      <PageHead title="Overview" sub={sub.filter(Boolean).join(" · ")}>
        <Fresh asOf={first?.as_of} fetchedAt={open.dataUpdatedAt} />
      </PageHead>
      <div className={css.page}>
        {fleet.data ? (
          <FleetStrip nodes={nodes} />
        ) : (
          <Panel label="Fleet health">
            {fleet.isError ? (
              <Failed
                error={fleet.error}
                title="The fleet cannot be read"
                stillTrue="Tenants are served; only this view is missing."
                onRetry={() => void fleet.refetch()}
              />
            ) : (
              <Skeleton
                what="the fleet"
                rows={1}
                columns={["Gateway", "Aggregate", "Projection", "Runner"].map((head) => ({ head }))}
              />
            )}
          </Panel>
        )}
        <NeedsYou jobs={jobs} nodes={nodes} known={open.isSuccess} />
        <div className={css.columns}>
          <div className={css.work}>
            <Panel
              shrink
              title="Open jobs"
              count={first && jobs.length}
              end={
                <Link to="/jobs" className="link">
                  All jobs
                </Link>
              }
            >
              {open.isPending ? (
                <Skeleton
                  what="open jobs"
                  rows={4}
                  columns={["State", "Job", "Where", "Step now"].map((head) => ({ head }))}
                />
              ) : open.isError && jobs.length === 0 ? (
                <Failed
                  error={open.error}
                  title="The open jobs cannot be read"
                  onRetry={() => void open.refetch()}
                />
              ) : jobs.length === 0 ? (
                <p className={css.quiet}>Nothing runs: no job is open.</p>
              ) : (
                <JobsTable jobs={jobs} label="Open jobs" hidden={["id", "actor", "created_at"]} />
              )}
            </Panel>
            {placement.data && <Balance groups={groups} />}
            <Ended />
          </div>
          <Panel
            fill
            title="What changed"
            end={
              <Link to="/audit" className="link">
                Audit log
              </Link>
            }
          >
            {audit.isError ? (
              <p className={css.quiet}>
                The audit log cannot be read, or you lack <code>control.audit.read</code>.
              </p>
            ) : (
              <Changes rows={changes} />
            )}
          </Panel>
        </div>
      </div>
    </>
  );
}
