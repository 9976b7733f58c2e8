// The ids of the last requests of this browser, to paste into a support ticket.
import { recentIds } from "~/api/ids";
import { RecentTable, recentText } from "~/components/RecentTable";
import { Button } from "~/ui/Button";
import { CopyButton } from "~/ui/CopyButton";
import { EmptyState } from "~/ui/EmptyState";
import { Modal } from "~/ui/Modal";
import { useStore } from "~/util/store";

export function RecentIds({ onClose }: { onClose: () => void }) {
  const ids = useStore(recentIds);
  return (
    <Modal
      open
      onClose={onClose}
      title="Recent request ids"
      size="wide"
      head={
        <>
          <span className="grow" />
          <CopyButton text={recentText(ids)} label="Copy all" />
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
        <RecentTable ids={ids} />
      )}
    </Modal>
  );
}
