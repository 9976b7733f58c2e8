// Where is room, and who is where: shards by kind, their nodes, and the tenants of the chosen one.
import { useQueries, useQuery } from "@tanstack/react-query";
import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { fleetQuery, placementQuery } from "~/api/queries";
import { SERVICE_KINDS } from "~/api/types";
import { Fresh } from "~/components/Fresh";
import { Failed } from "~/components/problem";
import { Banner } from "~/ui/Banner";
import { EmptyState } from "~/ui/EmptyState";
import { PageHead } from "~/ui/PageHead";
import { Panel } from "~/ui/Panel";
import { Skeleton } from "~/ui/Skeleton";
import { Matrix } from "./Matrix";
import { NodesPanel } from "./NodesPanel";
import css from "./PlacementPage.module.css";
import { ShardPanel } from "./ShardPanel";
import { shardsOf } from "./shards";

const route = getRouteApi("/console/placement");
const heads = [
  "Shard",
  "State",
  "Tenants",
  "Capacity used",
  "Headroom",
  "In flight",
  "Lag, events",
];

export function PlacementPage() {
  const { shard: wanted } = route.useSearch();
  const navigate = useNavigate();
  const fleet = useQuery(fleetQuery);
  const placements = useQueries({ queries: SERVICE_KINDS.map((kind) => placementQuery(kind)) });
  const nodes = fleet.data?.nodes ?? [];
  const groups = SERVICE_KINDS.map((kind, index) => {
    const placement = placements[index]?.data;
    return { kind, placement, shards: shardsOf(kind, placement, nodes) };
  });
  const shards = groups.flatMap((group) => group.shards);
  const chosen = shards.find(({ shard }) => shard === wanted) ?? shards[0];
  const [first] = placements;
  const failed = fleet.error ?? placements.find((query) => query.error)?.error;
  const pending = fleet.isPending && placements.every((query) => query.isPending);
  const fromFile = groups.some(({ placement }) => placement?.source === "file");
  return (
    <>
      <PageHead title="Scale & Placement">
        <Fresh asOf={first?.data?.as_of} fetchedAt={first?.dataUpdatedAt ?? 0} />
      </PageHead>
      <div className={css.page}>
        {fromFile && (
          <Banner tone="warn" icon="lock" title="Read-only: placement comes from a file.">
            Nothing can be moved until the maps are in NATS.
          </Banner>
        )}
        {failed && shards.length > 0 && (
          <Banner tone="warn" icon="wait" title="A part of this page cannot be read.">
            {failed.message}
          </Banner>
        )}
        {pending ? (
          <Panel fill label="Shards">
            <Skeleton what="placement" rows={14} columns={heads.map((head) => ({ head }))} />
          </Panel>
        ) : shards.length === 0 ? (
          <Panel fill label="Shards">
            {failed ? (
              <Failed
                error={failed}
                title="Placement cannot be read"
                stillTrue="Gateways route by the last good map."
                onRetry={() => {
                  void fleet.refetch();
                  for (const query of placements) void query.refetch();
                }}
              />
            ) : (
              <EmptyState
                title="No shard is known"
                command="nats kv get aggregate_placement default"
              >
                A shard appears here once the shard directory names it. What the map says now:
              </EmptyState>
            )}
          </Panel>
        ) : (
          <div className={css.columns}>
            <Panel
              fill
              label="Shards"
              foot="tick at the 20 % headroom gate · unknown is never counted as zero"
            >
              <Matrix
                groups={groups}
                chosen={chosen?.shard}
                onChoose={(shard) =>
                  void navigate({ to: "/placement", search: { shard }, replace: true })
                }
              />
            </Panel>
            <div className={css.side}>
              {chosen && <ShardPanel shard={chosen} />}
              <NodesPanel
                nodes={
                  chosen ? [...chosen.nodes, ...nodes.filter((n) => n.kind === "gateway")] : nodes
                }
              />
            </div>
          </div>
        )}
      </div>
    </>
  );
}
