// The columns of the tenants list. What no node has told is unknown, never zero.
import { Link } from "@tanstack/react-router";
import type { ServiceKind, TenantRow } from "~/api/types";
import { Drift, Measured, TenantStatus } from "~/components/states";
import { ShardChip } from "~/ui/ShardChip";
import { TimeAge } from "~/ui/Time";
import type { Column } from "~/ui/tableTypes";
import { int, span } from "~/util/format";

const placed = (kind: ServiceKind, head: string): Column<TenantRow> => ({
  id: kind,
  head,
  width: 150,
  cell: (row) => {
    const entry = row.placement[kind];
    if (!entry) return <span className="t3">—</span>;
    return <ShardChip shard={entry.shard} to={entry.to ?? undefined} epoch={entry.epoch} />;
  },
});

export const tenantColumns: Column<TenantRow>[] = [
  {
    id: "tenant_id",
    sortable: true,
    head: "Tenant",
    width: 144,
    cell: (row) => (
      <Link to="/tenants/$tenant_id" params={{ tenant_id: row.tenant_id }} className="strong">
        {row.tenant_id}
      </Link>
    ),
  },
  placed("aggregate", "Aggregate"),
  placed("projection", "Projection"),
  placed("runner", "Runner"),
  {
    id: "state",
    head: "State",
    width: 108,
    cell: (row) =>
      row.open_job ? (
        <Link to="/jobs/$job_id" params={{ job_id: row.open_job.job_id }} title="Opens its job">
          <TenantStatus state={row.state} />
        </Link>
      ) : (
        <TenantStatus state={row.state} />
      ),
  },
  { id: "drift", head: "Drift", width: 68, cell: (row) => <Drift drift={row.drift} /> },
  {
    id: "inflight",
    head: "In flight",
    width: 80,
    num: true,
    cell: (row) => (
      <Measured
        value={row.inflight === null ? null : int(row.inflight)}
        because="An owner does not answer."
      />
    ),
  },
  {
    id: "lag",
    head: "Lag, events",
    num: true,
    cell: (row) =>
      row.lag_events === null ? (
        <Measured value={null} because="An owner does not answer." />
      ) : (
        <span>
          {int(row.lag_events)} <span className="t3">· {span(row.lag_ms ?? 0)}</span>
        </span>
      ),
  },
  {
    id: "changed",
    head: "Last change",
    width: 166,
    num: true,
    cell: (row) =>
      row.updated_at ? (
        <span className="t2">
          <TimeAge at={row.updated_at} />
        </span>
      ) : (
        <span className="t3">—</span>
      ),
  },
];
