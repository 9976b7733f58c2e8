// The tenants of one shard, and where a move of one of them begins.
import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { tenantsQuery } from "~/api/queries";
import { openMigrate } from "~/dialogs/host";
import { useLacks } from "~/session/session";
import { Button } from "~/ui/Button";
import { DataTable } from "~/ui/DataTable";
import { Panel } from "~/ui/Panel";
import { Skeleton } from "~/ui/Skeleton";
import { int } from "~/util/format";
import { moveOff } from "../tenants/moveOff";
import { ShardStatus } from "./Matrix";
import type { Shard } from "./shards";

export function ShardPanel({ shard }: { shard: Shard }) {
  const filters = { shard: shard.shard, kind: shard.kind };
  const query = useInfiniteQuery(tenantsQuery(filters));
  const lacks = useLacks("control.jobs.create");
  const rows = query.data?.pages.flatMap((page) => page.items) ?? [];
  const total = query.data?.pages[0]?.total_estimate ?? rows.length;
  return (
    <Panel
      fill
      title={<code>{shard.shard}</code>}
      count={<ShardStatus shard={shard} />}
      end={`${int(total)} tenants`}
      foot={
        <>
          <span className="grow" />
          <Link to="/tenants" search={filters} className="link">
            All {int(total)} in Tenants
          </Link>
        </>
      }
    >
      {query.isPending ? (
        <Skeleton
          what="its tenants"
          rows={5}
          columns={["Tenant", "Epoch", ""].map((head) => ({ head }))}
        />
      ) : (
        <DataTable
          label={`Tenants of ${shard.shard}`}
          rows={rows}
          rowId={(row) => row.tenant_id}
          rowHeight={28}
          total={total}
          keys={{
            m: (row) =>
              !moveOff(row, lacks) &&
              openMigrate(row.tenant_id, { targets: { [shard.kind]: null } }),
          }}
          onEnd={() => query.hasNextPage && !query.isFetchingNextPage && void query.fetchNextPage()}
          columns={[
            {
              id: "tenant",
              head: "Tenant",
              cell: (row) => <span className="strong">{row.tenant_id}</span>,
            },
            {
              id: "epoch",
              head: "Epoch",
              width: 64,
              num: true,
              cell: (row) => row.placement[shard.kind]?.epoch ?? "—",
            },
            {
              id: "move",
              head: "Move",
              width: 122,
              num: true,
              quiet: true,
              cell: (row) => (
                <Button
                  size="s"
                  icon="move"
                  aria-label={`Migrate ${row.tenant_id}…`}
                  off={moveOff(row, lacks)}
                  onClick={() => openMigrate(row.tenant_id, { targets: { [shard.kind]: null } })}
                >
                  Migrate…
                </Button>
              ),
            },
          ]}
        />
      )}
    </Panel>
  );
}
