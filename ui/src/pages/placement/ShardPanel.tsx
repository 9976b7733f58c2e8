// The tenants of one shard as its placement map has them, and where a move of one of them begins.
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { openJobsQuery, placementQuery } from "~/api/queries";
import type { Job, PlacedTenant } from "~/api/types";
import { jobMoves } from "~/components/jobMoves";
import { Failed } from "~/components/problem";
import type { Shard } from "~/components/shards";
import { moveOff } from "~/components/tenantActions";
import { openMigrate } from "~/dialogs/host";
import { useLacks } from "~/session/session";
import { Button } from "~/ui/Button";
import { DataTable } from "~/ui/DataTable";
import { EmptyState } from "~/ui/EmptyState";
import { Panel } from "~/ui/Panel";
import { Skeleton } from "~/ui/Skeleton";
import type { Column } from "~/ui/tableTypes";
import { count, int } from "~/util/format";
import { ShardStatus } from "./Matrix";

type Row = PlacedTenant["entry"] & { open_job: Job | undefined };

export function ShardPanel({ shard }: { shard: Shard }) {
  const query = useQuery(placementQuery(shard.kind));
  const open = useInfiniteQuery(openJobsQuery);
  const lacks = useLacks("control.jobs.create");
  const jobs = new Map(
    open.data?.pages.flatMap((page) => page.items).map((job) => [job.tenant_id, job]),
  );
  const rows = (query.data?.tenants ?? [])
    .filter(({ entry }) => entry.shard === shard.shard)
    .map(({ entry }): Row => ({ ...entry, open_job: jobs.get(entry.tenant_id) }));
  const move = (row: Row) => openMigrate(row.tenant_id, { targets: { [shard.kind]: null } });
  return (
    <Panel
      fill
      title={<code>{shard.shard}</code>}
      count={<ShardStatus shard={shard} />}
      end={query.data && count(rows.length, "tenant")}
      foot={
        rows.length > 0 && (
          <>
            <span>by name</span>
            <span className="grow" />
            <Link to="/tenants" search={{ shard: shard.shard }} className="link">
              All {int(rows.length)} in Tenants
            </Link>
          </>
        )
      }
    >
      {query.isPending ? (
        <Skeleton
          what="its tenants"
          rows={5}
          columns={["Tenant", "Epoch", "Move"].map((head) => ({ head }))}
        />
      ) : query.isError && rows.length === 0 ? (
        <Failed
          error={query.error}
          title="Its tenants cannot be read"
          stillTrue="They are served; only this list is missing."
          onRetry={() => void query.refetch()}
        />
      ) : rows.length === 0 ? (
        <EmptyState title={`No tenant is on ${shard.shard}`}>
          A tenant comes here by its first placement, or by a migration that names this shard.
        </EmptyState>
      ) : (
        <DataTable
          label={`Tenants of ${shard.shard}`}
          rows={rows}
          rowId={(row) => row.tenant_id}
          rowHeight={28}
          keys={{ m: (row) => !moveOff(row, lacks) && move(row) }}
          columns={columnsOf(shard, lacks, move)}
        />
      )}
    </Panel>
  );
}

function columnsOf(
  shard: Shard,
  lacks: string | undefined,
  move: (row: Row) => void,
): Column<Row>[] {
  return [
    {
      id: "tenant",
      head: "Tenant",
      cell: (row) => {
        const moves = row.open_job ? jobMoves(row.open_job) : [];
        const to = moves.find(({ kind }) => kind === shard.kind)?.to;
        return (
          <>
            <Link to="/tenants/$tenant_id" params={{ tenant_id: row.tenant_id }} className="strong">
              {row.tenant_id}
            </Link>{" "}
            {row.open_job && to && to !== shard.shard && (
              <Link
                to="/jobs/$job_id"
                params={{ job_id: row.open_job.job_id }}
                className="link fs12"
              >
                moves to {to}
              </Link>
            )}
            {row.pinned && <span className="t3 fs12">pinned</span>}
          </>
        );
      },
    },
    { id: "epoch", head: "Epoch", width: 64, num: true, cell: (row) => int(row.epoch) },
    {
      id: "move",
      head: "Move",
      width: 128,
      num: true,
      quiet: true,
      cell: (row) => (
        <Button
          size="s"
          variant="quiet"
          icon="move"
          aria-label={`Migrate ${row.tenant_id}…`}
          off={moveOff(row, lacks)}
          onClick={() => move(row)}
        >
          Migrate…
        </Button>
      ),
    },
  ];
}
