// What the job holds, by which fence nodes refuse older hands, and how to read its events oneself.
import type { Job } from "~/api/types";
import { replayCommand } from "~/components/jobActions";
import { isOpen } from "~/components/words";
import { Code } from "~/ui/Code";
import { Panel } from "~/ui/Panel";
import { Status } from "~/ui/Status";
import { count, position } from "~/util/format";
import { fencePosition } from "./derive";
import css from "./JobPage.module.css";

export function JobHolds({ job }: { job: Job }) {
  const { locks, permits } = job.held;
  const held = locks.length + permits.length > 0;
  return (
    <Panel
      title="Lock, permit, fence"
      end={
        <Status tone="off" icon={held ? "lock" : "denied"} small>
          {held ? "Held" : isOpen(job.state) ? "Not held yet" : "Free"}
        </Status>
      }
    >
      <dl className={css.kv}>
        <dt>Lock</dt>
        <dd>{held ? <code>{locks.join(", ")}</code> : <span className="t3">—</span>}</dd>
        <dt>Permit</dt>
        <dd>
          {permits.length > 0 ? (
            permits.map((permit) => (
              <div key={permit}>
                <code>{permit}</code>
              </div>
            ))
          ) : (
            <span className="t3">—</span>
          )}
        </dd>
        <dt>Fence</dt>
        <dd className="tn">
          {typeof job.fence === "number" ? (
            <>
              {position(fencePosition(job.fence), true)}{" "}
              <span className="t3">· nodes refuse older</span>
            </>
          ) : (
            <span className="t3">—</span>
          )}
        </dd>
        <dt>Commits</dt>
        <dd className="tn">
          {position(`1-${job.accepted_seq}`)} <span className="t3">to</span>{" "}
          {position(`1-${job.seq}`)}
        </dd>
      </dl>
    </Panel>
  );
}

export function JobReplay({ job }: { job: Job }) {
  return (
    <Panel title="Replay the same events">
      <div className={css.pad}>
        <Code text={replayCommand(job)} label="Copy command" />
        <p className="t3 fs12">
          Prints the commits this page is folded from
          {job.steps.length > 0 ? `, over ${count(job.steps.length, "step")}` : ""}.
        </p>
      </div>
    </Panel>
  );
}
