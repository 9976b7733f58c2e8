// The columns of the audit log.
import { Link } from "@tanstack/react-router";
import type { AuditRow } from "~/api/types";
import { ResultStatus } from "~/components/states";
import type { Column } from "~/ui/DataTable";
import { IdChip } from "~/ui/IdChip";
import { Time } from "~/ui/Time";

/** For whom or what: `acme · tenant-migrate`. */
export function targetOf(row: AuditRow): string {
  return [row.tenant_id, row.kind ?? row.step_id ?? row.change?.key].filter(Boolean).join(" · ");
}

const dash = <span className="t3">—</span>;

export const auditColumns: Column<AuditRow>[] = [
  {
    id: "seq",
    head: "Audit seq",
    width: 104,
    num: true,
    cell: (row) => <span className="mono t3">{row.seq}</span>,
  },
  {
    id: "at",
    head: "Time",
    width: 210,
    cell: (row) => (
      <span className="mono">
        <Time at={row.at} style="millis" />
      </span>
    ),
  },
  {
    id: "actor",
    head: "Actor",
    width: 116,
    cell: (row) =>
      row.actor ??
      (row.claimed ? (
        <span className="t3">{row.claimed}, unproven</span>
      ) : (
        <span className="t3">unknown</span>
      )),
  },
  { id: "operation", head: "Operation", width: 150, cell: (row) => <code>{row.operation}</code> },
  { id: "target", head: "Target", width: 170, cell: (row) => targetOf(row) || dash },
  {
    id: "reason",
    head: "Reason",
    cell: (row) =>
      row.reason ? (
        <span className="t2" title={row.reason}>
          {row.reason}
        </span>
      ) : (
        dash
      ),
  },
  {
    id: "result",
    head: "Result",
    width: 108,
    cell: (row) => (
      <ResultStatus
        result={row.result}
        title={[row.code, row.detail].filter(Boolean).join(": ") || undefined}
      />
    ),
  },
  {
    id: "ids",
    head: "Job or request",
    width: 150,
    cell: (row) => {
      const { job_id } = row;
      if (job_id) {
        return (
          <IdChip
            id={job_id}
            noun="job id"
            link={(text) => (
              <Link to="/jobs/$job_id" params={{ job_id }}>
                {text}
              </Link>
            )}
          />
        );
      }
      return row.ids ? <IdChip id={row.ids.request_id} noun="request id" /> : dash;
    },
  },
];
