// Where is room, and who is where: shards by kind, their nodes, and the tenants of the chosen one.
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { fleetQuery, placementsQuery } from "~/api/queries";
import { SERVICE_KINDS } from "~/api/types";
import { Fresh } from "~/components/Fresh";
import { Failed } from "~/components/problem";
import { shardsOf } from "~/components/shards";
import { Banner } from "~/ui/Banner";
import { EmptyState } from "~/ui/EmptyState";
import { PageHead } from "~/ui/PageHead";
import { Panel } from "~/ui/Panel";
import { Skeleton } from "~/ui/Skeleton";
import { Time } from "~/ui/Time";
import { Matrix } from "./Matrix";
import { NodesPanel } from "./NodesPanel";
import css from "./PlacementPage.module.css";
import { ShardPanel } from "./ShardPanel";

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
  const placement = useQuery(placementsQuery);
  const nodes = fleet.data?.nodes ?? [];
  const groups = SERVICE_KINDS.map((kind) => {
    const map = placement.data?.maps.find((each) => each.kind === kind);
    return { kind, map, shards: shardsOf(kind, map, nodes) };
  });
  const shards = groups.flatMap((group) => group.shards);
  const chosen = shards.find(({ shard }) => shard === wanted) ?? shards[0];
  const failed = placement.error ?? fleet.error;
  const pending = placement.isPending && fleet.isPending;
  const alarms = Object.entries(placement.data?.alarms ?? {});
  return (
    <>
      <PageHead title="Scale & Placement">
        <Fresh asOf={placement.data?.as_of} fetchedAt={placement.dataUpdatedAt} />
      </PageHead>
      <div className={css.page}>
        {placement.data?.source === "file" && (
          <Banner tone="warn" icon="lock" title="Read-only: placement comes from a file.">
            Nothing can be moved until the maps are in NATS.
          </Banner>
        )}
        {alarms.map(([bucket, alarm]) => (
          <Banner key={bucket} tone="bad" icon="bad" title={`${bucket}:`} urgent>
            {alarm.text} <Time at={alarm.since} relative />
          </Banner>
        ))}
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
                  void placement.refetch();
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
