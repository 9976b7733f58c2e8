// The strip of facts and the line of ids with the ways out.
import { Link } from "@tanstack/react-router";
import type { Job } from "~/api/types";
import { ExploreLinks } from "~/components/ExploreLinks";
import { Fact, Facts, IdLine } from "~/components/Facts";
import { sentence } from "~/components/words";
import { IdChip } from "~/ui/IdChip";
import { Time } from "~/ui/Time";
import { useNow } from "~/util/clock";
import { cx } from "~/util/cx";
import { int, signedSpan } from "~/util/format";
import { againstPlan, beganAt, chartOf, movesOf } from "./derive";

export function JobFacts({ job }: { job: Job }) {
  const now = useNow();
  const moves = movesOf(job.plan);
  // Several kinds each carry their new epoch; one has room for both.
  const only = moves.length === 1 ? moves[0] : undefined;
  const began = beganAt(job);
  const against = againstPlan(job, chartOf(job, now));
  const late = against !== undefined && against.overMs > 1_000;
  return (
    <>
      <Facts>
        {job.tenant_id && (
          <Fact name="Tenant">
            <Link to="/tenants/$tenant_id" params={{ tenant_id: job.tenant_id }} className="strong">
              {job.tenant_id}
            </Link>
          </Fact>
        )}
        {moves.map((move) => (
          <Fact key={move.service_kind} name={sentence(move.service_kind)}>
            <code>{move.source.shard}</code> <span className="arrow">→</span>{" "}
            <code>{move.target.shard}</code>
            {!only && <span className="t3"> e{int(move.to_epoch)}</span>}
          </Fact>
        ))}
        {only && (
          <Fact name="Epoch">
            <span className="tn">
              {int(only.from_epoch)} <span className="arrow">→</span> {int(only.to_epoch)}
            </span>
          </Fact>
        )}
        <Fact name="Actor">{job.actor.sub}</Fact>
        <Fact name="Reason">
          <span title={job.reason}>{job.reason}</span>
        </Fact>
        <Fact name={began === undefined ? "Asked" : "Started"}>
          <Time at={began ?? job.created_at} relative />
        </Fact>
        {job.finished_at ? (
          <Fact name="Ended">
            <Time at={job.finished_at} relative />
          </Fact>
        ) : (
          <Fact name="Ends, estimated">
            {against ? <Time at={against.endsAt} relative /> : <span className="t3">—</span>}
          </Fact>
        )}
        {against && (
          <Fact name="Against plan">
            <span className={cx("tn", late && "c-warn")}>{signedSpan(against.overMs)}</span>
          </Fact>
        )}
      </Facts>
      <IdLine>
        <span>
          Job <IdChip id={job.job_id} noun="job id" />
        </span>
        <span>
          Request <IdChip id={job.ids.request_id} noun="request id" />
        </span>
        <span>
          Correlation{" "}
          <IdChip
            id={job.ids.correlation_id}
            noun="correlation id"
            link={(text) => (
              <Link to="/investigate" search={{ id: job.ids.correlation_id }}>
                {text}
              </Link>
            )}
          />
        </span>
        <span>
          Trace <IdChip id={job.ids.trace_id} noun="trace id" />
        </span>
        <span>
          Plan <IdChip id={job.plan_hash} noun="plan hash" />
        </span>
        <span className="grow" />
        <ExploreLinks
          subject={{
            ...job.ids,
            from: job.created_at,
            to: job.finished_at ?? undefined,
          }}
        />
        <Link to="/investigate" search={{ id: job.ids.correlation_id }} className="link">
          Investigate
        </Link>
      </IdLine>
    </>
  );
}
