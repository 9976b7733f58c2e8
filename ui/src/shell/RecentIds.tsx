// The ids of the last requests of this browser, to paste into a support ticket.
import { recentIds } from "~/api/ids";
import { Button } from "~/ui/Button";
import { CopyButton } from "~/ui/CopyButton";
import { EmptyState } from "~/ui/EmptyState";
import { IdChip } from "~/ui/IdChip";
import { Modal } from "~/ui/Modal";
import { Time } from "~/ui/Time";
import { useStore } from "~/util/store";
import css from "./RecentIds.module.css";

export function RecentIds({ onClose }: { onClose: () => void }) {
  const ids = useStore(recentIds);
  const text = ids
    .map((id) =>
      [id.at, id.status || "no answer", id.what, id.request_id, id.correlation_id].join(" "),
    )
    .join("\n");
  return (
    <Modal
      open
      onClose={onClose}
      title="Recent request ids"
      size="wide"
      head={
        <>
          <span className="grow" />
          <CopyButton text={text} label="Copy all" />
          <Button
            variant="quiet"
            size="s"
            square
            icon="close"
            aria-label="Close"
            onClick={onClose}
          />
        </>
      }
    >
      {ids.length === 0 ? (
        <EmptyState title="No request yet">
          Each request to the API has an id. The last 20 of this browser are kept here.
        </EmptyState>
      ) : (
        <table className={css.table}>
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
                <td>
                  {id.correlation_id && <IdChip id={id.correlation_id} noun="correlation id" />}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Modal>
  );
}
