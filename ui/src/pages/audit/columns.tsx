// The columns of the audit log.
import { Link } from "@tanstack/react-router";
import type { AuditRow } from "~/api/types";
import { resourceWay } from "~/components/resource";
import { ResultStatus } from "~/components/states";
import { jobVerb } from "~/components/words";
import { IdChip } from "~/ui/IdChip";
import { Time } from "~/ui/Time";
import type { Column } from "~/ui/tableTypes";
import { shortId } from "~/util/format";
import type { Zone } from "~/util/zone";

/** For whom or what: `acme · migrate`. */
export function targetOf(row: AuditRow): string {
  const what = row.kind
    ? jobVerb(row.kind).toLowerCase()
    : (row.step_id ?? row.change?.key ?? shortResource(row.resource));
  return [row.tenant_id, what].filter(Boolean).join(" · ");
}

/** `users/usr_01a2…102d`; a name that somebody chose stays whole. */
function shortResource(resource: string | null | undefined): string | undefined {
  return resource?.replace(/(?<=\/)(usr|ses)_.+$/, shortId);
}

const dash = <span className="t3">—</span>;

function Target({ row }: { row: AuditRow }) {
  const text = targetOf(row);
  if (!text) return dash;
  const way = resourceWay(row);
  return way ? (
    <Link {...way} title={row.resource ?? undefined}>
      {text}
    </Link>
  ) : (
    text
  );
}

/** Times of another day carry it, and need the room. */
export const auditColumns = (zone: Zone, dated: boolean): Column<AuditRow>[] => [
  {
    id: "seq",
    head: "Audit seq",
    width: 92,
    num: true,
    cell: (row) => <span className="mono t3">{row.seq}</span>,
  },
  {
    id: "at",
    sortable: true,
    head: zone === "utc" ? "Time, UTC" : "Time, local",
    width: dated ? 200 : 124,
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
  { id: "operation", head: "Operation", width: 176, cell: (row) => <code>{row.operation}</code> },
  { id: "target", head: "Target", width: 180, cell: (row) => <Target row={row} /> },
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
