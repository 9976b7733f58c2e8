// Whether this tab hears of changes as they happen, in one glyph and one word.
import { useFeedStatus } from "~/api/events/live";
import { Status } from "~/ui/Status";
import { useNow } from "~/util/clock";
import { age } from "~/util/format";

export function Live() {
  const status = useFeedStatus();
  const now = useNow();
  const since = status.lastBeat === undefined ? undefined : age(now - status.lastBeat);
  if (status.state === "live") {
    return (
      <Status tone="ok" icon="live" small title={`One event stream, last heartbeat ${since} ago`}>
        Live
      </Status>
    );
  }
  if (status.state === "stopped") {
    return (
      <Status tone="bad" icon="bad" small title={`The event stream answered ${status.stoppedBy}`}>
        Not allowed
      </Status>
    );
  }
  if (status.state === "hidden" || status.state === "idle" || since === undefined) {
    return (
      <Status tone="off" icon="pending" small title="Waiting for the event stream">
        Connecting
      </Status>
    );
  }
  return (
    <Status tone="warn" icon="wait" small title="The event stream is lost; it is tried again">
      <span className="tn">Stale since {since}</span>
    </Status>
  );
}
