// The last requests of this browser with their ids, newest first.
import type { RecentId } from "~/api/ids";
import { IdChip } from "~/ui/IdChip";
import { Time } from "~/ui/Time";
import css from "./RecentTable.module.css";

/** As a support ticket takes them, one request a line. */
export function recentText(ids: readonly RecentId[]): string {
  return ids
    .map((id) =>
      [id.at, id.status || "no answer", id.what, id.request_id, id.correlation_id].join(" "),
    )
    .join("\n");
}

export function RecentTable({ ids }: { ids: readonly RecentId[] }) {
  return (
    <table className={css.table} aria-label="Recent request ids">
      <thead>
        <tr>
          <th>Time</th>
          <th>Request</th>
          <th className="num">Status</th>
          <th>Request id</th>
          <th>Correlation id</th>
        </tr>
      </thead>
      <tbody>
        {ids.map((id) => (
          <tr key={id.request_id}>
            <td className="mono t3">
              <Time at={id.at} style="seconds" />
            </td>
            <td className="mono cut" title={id.what}>
              {id.what.replace("/admin/v1", "")}
            </td>
            <td className="num">{id.status || "none"}</td>
            <td>
              <IdChip id={id.request_id} noun="request id" />
            </td>
            <td>{id.correlation_id && <IdChip id={id.correlation_id} noun="correlation id" />}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
