// Title, state, freshness, and the verbs: those that are off stay, with one short line of reason.
import { useId } from "react";
import type { AsOf, Job } from "~/api/types";
import { Fresh } from "~/components/Fresh";
import { actionsOfJob, offLine, reverseOff } from "~/components/jobActions";
import { JobStatus } from "~/components/states";
import { isOpen, jobTitle } from "~/components/words";
import { openMigrate, openVerb } from "~/dialogs/host";
import { useLacks } from "~/session/session";
import { Button } from "~/ui/Button";
import { movesOf } from "./derive";
import css from "./JobPage.module.css";

export function JobHead({ job, fetchedAt }: { job: Job & { as_of?: AsOf }; fetchedAt: number }) {
  return (
    <div className={css.head}>
      <h1 className={css.title}>{jobTitle(job)}</h1>
      <JobStatus state={job.state} pill />
      <span className="vh" role={job.state === "stuck" ? "alert" : "status"}>
        {`${jobTitle(job)} is ${job.state.replace("_", " ")}`}
      </span>
      <span className="grow" />
      <Fresh asOf={job.as_of ?? { seq: `1-${job.seq}`, age_ms: 0 }} fetchedAt={fetchedAt} />
      <JobActions job={job} />
    </div>
  );
}

export function JobActions({ job, narrow }: { job: Job; narrow?: boolean }) {
  const reasonId = useId();
  const lacks: Record<string, string | undefined> = {
    cancel: useLacks("control.jobs.cancel", job.tenant_id ?? undefined),
    pause: useLacks("control.jobs.pause", job.tenant_id ?? undefined),
    resume: useLacks("control.jobs.resume", job.tenant_id ?? undefined),
    retry: useLacks("control.jobs.retry", job.tenant_id ?? undefined),
  };
  const noCreate = useLacks("control.jobs.create", job.tenant_id ?? undefined);
  const actions = actionsOfJob(job).map((action) => ({
    ...action,
    off: action.off ?? lacks[action.verb],
  }));
  const reverse = { off: reverseOff(job) ?? noCreate };
  const open = isOpen(job.state);
  const shown = narrow ? actions.filter((action) => !action.off) : open ? actions : [];
  const line = offLine(open ? actions : [reverse]);
  const showReverse = job.kind === "tenant-migrate" && (!narrow || !reverse.off);
  if (narrow && shown.length === 0 && !showReverse) return null;
  return (
    <div className={narrow ? css.narrowActions : css.wideActions}>
      {line && (
        <span id={reasonId} className={css.off}>
          {line}
        </span>
      )}
      {shown.map((action) => (
        <Button
          key={action.verb}
          icon={action.icon}
          size={narrow ? "touch" : "m"}
          off={action.off}
          offId={reasonId}
          onClick={() => openVerb(action.verb, job)}
        >
          {action.label}
          {action.off ? "" : "…"}
        </Button>
      ))}
      {showReverse && (
        <Button
          icon="undo"
          size={narrow ? "touch" : "m"}
          off={reverse.off}
          {...(open ? {} : { offId: reasonId })}
          onClick={() =>
            openMigrate(job.tenant_id ?? "", {
              reverse_of: job.job_id,
              correlation_id: job.ids.correlation_id,
              targets: Object.fromEntries(
                movesOf(job.plan).map((move) => [move.service_kind, move.source.shard]),
              ),
            })
          }
        >
          Reverse{reverse.off ? "" : "…"}
        </Button>
      )}
    </div>
  );
}
