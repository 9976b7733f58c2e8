// The columns of the tenants list. What no node has told is unknown, never zero.
import { Link } from "@tanstack/react-router";
import type { ServiceKind, TenantRow } from "~/api/types";
import { JobStatus, TenantStatus } from "~/components/states";
import type { Column } from "~/ui/DataTable";
import { ShardChip } from "~/ui/ShardChip";
import { Status } from "~/ui/Status";
import { Time } from "~/ui/Time";

const placed = (kind: ServiceKind, head: string): Column<TenantRow> => ({
  id: kind,
  head,
  width: 160,
  cell: (row) => {
    const entry = row.placement[kind];
    if (!entry) return <span className="t3">—</span>;
    return <ShardChip shard={entry.shard} to={entry.to ?? undefined} epoch={entry.epoch} />;
  },
});

export const tenantColumns: Column<TenantRow>[] = [
  {
    id: "tenant",
    head: "Tenant",
    width: 150,
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
    width: 112,
    cell: (row) => <TenantStatus state={row.state} />,
  },
  {
    id: "drift",
    head: "Drift",
    width: 80,
    cell: (row) =>
      row.drift ? (
        <Status tone="warn" icon="drift">
          Drift
        </Status>
      ) : (
        <span className="t3">none</span>
      ),
  },
  {
    id: "job",
    head: "Open job",
    cell: (row) =>
      row.open_job ? (
        <Link to="/jobs/$job_id" params={{ job_id: row.open_job.job_id }}>
          <JobStatus state={row.open_job.state} />
        </Link>
      ) : (
        <span className="t3">—</span>
      ),
  },
  {
    id: "changed",
    head: "Last change",
    width: 190,
    num: true,
    cell: (row) =>
      row.updated_at ? (
        <span className="t2">
          <Time at={row.updated_at} relative />
        </span>
      ) : (
        <span className="t3">—</span>
      ),
  },
];
