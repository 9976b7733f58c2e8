// Where a tenant has lived: every stored revision of its entry in each map, newest first.
import { useQueries } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { historyQuery } from "~/api/queries";
import { type PlacementRevision, SERVICE_KINDS } from "~/api/types";
import { Failed } from "~/components/problem";
import { sentence } from "~/components/words";
import { IdChip } from "~/ui/IdChip";
import { Panel } from "~/ui/Panel";
import { ShardChip } from "~/ui/ShardChip";
import { Skeleton } from "~/ui/Skeleton";
import { Time } from "~/ui/Time";
import { count, int } from "~/util/format";
import css from "./TenantPage.module.css";

export function History({ tenantId }: { tenantId: string }) {
  const queries = useQueries({
    queries: SERVICE_KINDS.map((kind) => historyQuery(kind, tenantId)),
  });
  const failed = queries.find((query) => query.isError);
  const known = queries.every((query) => query.data);
  const total = queries.reduce((sum, query) => sum + (query.data?.length ?? 0), 0);
  return (
    <Panel
      fill
      title="Placement history"
      count={known ? count(total, "revision") : undefined}
      end="newest first"
    >
      {failed && !failed.data ? (
        <Failed
          error={failed.error}
          title="Its history cannot be read"
          onRetry={() => {
            for (const query of queries) void query.refetch();
          }}
        />
      ) : !known ? (
        <Skeleton
          what="its history"
          columns={["Revision", "Time", "Shard", "By"].map((head) => ({ head }))}
        />
      ) : (
        <div className={css.scroll} tabIndex={0} role="group" aria-label="Placement history, rows">
          <table className={css.history} aria-label="Placement history">
            <colgroup>
              <col width="76" />
              <col />
              <col width="92" />
              <col width="158" />
            </colgroup>
            <thead>
              <tr>
                <th className="num">Revision</th>
                <th>Stored</th>
                <th>Shard</th>
                <th>By</th>
              </tr>
            </thead>
            {SERVICE_KINDS.map((kind, index) => (
              <tbody key={kind}>
                <tr className={css.group}>
                  <th colSpan={4} scope="rowgroup">
                    {sentence(kind)}
                  </th>
                </tr>
                {(queries[index]?.data ?? []).map((row) => (
                  <Row key={row.revision} row={row} />
                ))}
              </tbody>
            ))}
          </table>
        </div>
      )}
    </Panel>
  );
}

function Row({ row }: { row: PlacementRevision }) {
  const job_id = row.value?.job_id;
  return (
    <tr>
      <td className="num mono t3">{int(row.revision)}</td>
      <td className="t2">
        <Time at={row.at} />
      </td>
      <td>
        {row.value ? (
          <ShardChip shard={row.value.shard} epoch={row.value.epoch} />
        ) : (
          <span className="t3">deleted</span>
        )}
      </td>
      <td>
        {job_id ? (
          <IdChip
            id={job_id}
            noun="job id"
            link={(text) => (
              <Link to="/jobs/$job_id" params={{ job_id }}>
                {text}
              </Link>
            )}
          />
        ) : (
          <span className="t3">first placement</span>
        )}
      </td>
    </tr>
  );
}
