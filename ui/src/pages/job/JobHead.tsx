// Title, state, freshness, and the verbs: those that are off stay, with one short line of reason.
import type { Current, Job, JobVerb } from "~/api/types";
import { Fresh } from "~/components/Fresh";
import { actionsOfJob, offLine, passedStep, reverseOff } from "~/components/jobActions";
import { JobStatus } from "~/components/states";
import { isOpen, jobTitle } from "~/components/words";
import { openVerb } from "~/dialogs/host";
import { openReverse } from "~/dialogs/reverse";
import { useLacks } from "~/session/session";
import { Button } from "~/ui/Button";
import css from "./JobPage.module.css";

export function JobHead({ job, fetchedAt }: { job: Current<Job>; fetchedAt: number }) {
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
  const tenant = job.tenant_id ?? undefined;
  const lacks: Record<JobVerb, string | undefined> = {
    cancel: useLacks("control.jobs.cancel", tenant),
    pause: useLacks("control.jobs.pause", tenant),
    resume: useLacks("control.jobs.resume", tenant),
    retry: useLacks("control.jobs.retry", tenant),
  };
  const noCreate = useLacks("control.jobs.create", tenant);
  const open = isOpen(job.state);
  const all = actionsOfJob(job).map((action) => ({
    ...action,
    off: lacks[action.verb] ?? action.off,
  }));
  const actions = open ? all.filter((action) => !narrow || !action.off) : [];
  const reverse = reverseOff(job) ?? noCreate;
  // Before the flip one cancels; the reverse takes its place only from there on.
  const withReverse = job.kind === "tenant-migrate" && (!open || passedStep(job) !== undefined);
  // A phone has room for the one reason that matters.
  const told = narrow ? all.filter(({ verb }) => verb === "cancel") : all;
  const line = open ? offLine(job, told) : reverse;
  if (narrow && actions.length === 0 && (!withReverse || reverse)) return null;
  const size = narrow ? "touch" : "m";
  return (
    <div className={narrow ? css.narrowActions : css.wideActions}>
      {line && <span className={css.off}>{line}</span>}
      {actions.map((action) => (
        <Button
          key={action.verb}
          icon={action.icon}
          size={size}
          off={action.off}
          onClick={() => openVerb(action.verb, job)}
        >
          {action.label}
          {action.off ? "" : "…"}
        </Button>
      ))}
      {withReverse && (!narrow || !reverse) && (
        <Button icon="undo" size={size} off={reverse} onClick={() => openReverse(job)}>
          Reverse{reverse ? "" : "…"}
        </Button>
      )}
    </div>
  );
}
