// The raw story of a job, newest first; long runs of retries fold into one line that opens.
import { useState } from "react";
import type { JobEvent } from "~/api/types";
import { eventLook, eventText, foldEvents } from "~/components/eventText";
import { Status } from "~/ui/Status";
import { Time } from "~/ui/Time";
import { int } from "~/util/format";
import css from "./JobPage.module.css";

/** Takes them oldest first, as the log has them. */
export function JobEvents({ events }: { events: readonly JobEvent[] }) {
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set());
  if (events.length === 0) return <p className={css.prose}>No commit is visible yet.</p>;
  return (
    <div className={css.eventScroll} tabIndex={0} role="group" aria-label="Events, scrolls">
      <table className={css.events} aria-label="Events">
        <colgroup>
          <col width="86" />
          <col width="136" />
          <col width="196" />
          <col />
        </colgroup>
        <thead>
          <tr>
            <th className="num">Seq</th>
            <th>Time</th>
            <th>Event</th>
            <th>What happened</th>
          </tr>
        </thead>
        <tbody>
          {foldEvents([...events].reverse()).flatMap((line, index) => {
            if (line.kind === "event")
              return [<Line key={`${line.event.seq} ${index}`} event={line.event} />];
            if (open.has(line.id)) {
              return line.events.map((event, at) => (
                <Line key={`${line.id} ${at}`} event={event} />
              ));
            }
            return [
              <tr key={line.id}>
                <td />
                <td className="t3" colSpan={3}>
                  <button
                    type="button"
                    className={css.fold}
                    onClick={() => setOpen(new Set([...open, line.id]))}
                  >
                    {line.events.length} more
                  </button>{" "}
                  {line.what}
                </td>
              </tr>,
            ];
          })}
        </tbody>
      </table>
    </div>
  );
}

function Line({ event }: { event: JobEvent }) {
  const look = eventLook(event.type);
  const what = eventText(event);
  return (
    <tr>
      <td className="num mono t3">{int(event.seq)}</td>
      <td className="mono t3">
        <Time at={event.at} style="millis" />
      </td>
      <td>
        <Status tone={look.tone} icon={look.icon}>
          <code>{event.type}</code>
        </Status>
      </td>
      <td className="t2" title={what}>
        {what}
      </td>
    </tr>
  );
}
