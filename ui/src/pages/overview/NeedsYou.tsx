// What waits for a person, most severe first: stuck, unknown, paused, behind.
import { Link } from "@tanstack/react-router";
import type { Job, NodeHealth } from "~/api/types";
import { JobStatus } from "~/components/states";
import { jobTitle } from "~/components/words";
import { needsPerson } from "~/shell/counts";
import { buttonClass } from "~/ui/Button";
import { IdChip } from "~/ui/IdChip";
import { Panel } from "~/ui/Panel";
import { Status } from "~/ui/Status";
import { Age } from "~/ui/Time";
import css from "./OverviewPage.module.css";

const severity = (job: Job) => (job.state === "stuck" ? 0 : 1);

export function NeedsYou({
  jobs,
  nodes,
  known,
}: {
  jobs: readonly Job[];
  nodes: readonly NodeHealth[];
  /** False while it cannot be said that nothing needs anybody. */
  known: boolean;
}) {
  const waiting = jobs.filter(needsPerson).sort((a, b) => severity(a) - severity(b));
  const silent = nodes.filter((node) => node.status === "unknown");
  const failing = nodes.filter((node) => node.status === "not_ready");
  const behind = nodes.filter((node) => node.placement_behind === true);
  const total = waiting.length + silent.length + failing.length + behind.length;
  return (
    <Panel title="Needs you" count={known ? total : undefined} end="most severe first">
      {total === 0 ? (
        <p className={css.quiet}>
          {known ? "Nothing: no job waits for a person, and every node answers." : "Not known yet."}
        </p>
      ) : (
        <div className={css.needsScroll} tabIndex={0} role="group" aria-label="Needs you, scrolls">
          <table className={css.needs} aria-label="Needs you">
            <colgroup>
              <col width="132" />
              <col width="264" />
              <col />
              <col width="88" />
              <col width="108" />
            </colgroup>
            <thead className="vh">
              <tr>
                <th>State</th>
                <th>What</th>
                <th>Why</th>
                <th>Age</th>
                <th>Open</th>
              </tr>
            </thead>
            <tbody>
              {waiting.map((job) => (
                <tr key={job.job_id}>
                  <td>
                    <JobStatus state={job.state} />
                  </td>
                  <td>
                    <span className="strong">{jobTitle(job)}</span>{" "}
                    <IdChip id={job.job_id} noun="job id" />
                  </td>
                  <td className="t2" title={job.because ?? job.errors.at(-1)?.message}>
                    {job.because ?? job.errors.at(-1)?.message ?? job.reason}
                  </td>
                  <td className="num t3">
                    <Age at={job.updated_at} />
                  </td>
                  <td>
                    <Link
                      to="/jobs/$job_id"
                      params={{ job_id: job.job_id }}
                      className={buttonClass({ size: "s" })}
                    >
                      Open job
                    </Link>
                  </td>
                </tr>
              ))}
              {[...silent, ...failing, ...behind.filter((node) => node.status === "ready")].map(
                (node) => (
                  <NodeRow key={node.node_id} node={node} />
                ),
              )}
            </tbody>
          </table>
        </div>
      )}
    </Panel>
  );
}

function NodeRow({ node }: { node: NodeHealth }) {
  const silent = node.status === "unknown";
  const failing = node.checks.filter((check) => check.status === "fail").map((check) => check.name);
  return (
    <tr>
      <td>
        {silent ? (
          <Status tone="unk" icon="unknown">
            Node unknown
          </Status>
        ) : node.status === "not_ready" ? (
          <Status tone="bad" icon="bad">
            Not ready
          </Status>
        ) : (
          <Status tone="warn" icon="drift">
            Behind
          </Status>
        )}
      </td>
      <td>
        <span className="strong">{node.node_id}</span> <span className="t3">{node.kind}</span>
      </td>
      <td className="t2">
        {node.error?.message ??
          (failing.length > 0
            ? `Failing: ${failing.join(", ")}.`
            : "It routes by an older placement map than the control plane knows.")}
      </td>
      <td className="num t3">
        <Age at={node.observed_at} />
      </td>
      <td>
        <Link to="/placement" className={buttonClass({ size: "s" })}>
          Open node
        </Link>
      </td>
    </tr>
  );
}
