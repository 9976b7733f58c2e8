// When something the Gateway keeps was read. It writes no events, so one reads again by oneself.
import { Button } from "~/ui/Button";
import { Age } from "~/ui/Time";

export function ReadAt({
  at,
  busy,
  onAgain,
}: {
  /** Milliseconds since the epoch; 0 while nothing was read. */
  at: number;
  busy: boolean;
  onAgain: () => void;
}) {
  return (
    <>
      {at > 0 && (
        <span className="t3 fs12 nowrap">
          from the Gateway, <Age at={at} /> ago
        </span>
      )}
      <Button
        square
        icon="retry"
        aria-label="Read again"
        title="Read again"
        off={busy ? "It is being read." : undefined}
        onClick={onAgain}
      />
    </>
  );
}
