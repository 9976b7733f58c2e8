// The columns of a list of jobs, shared by Jobs and by the lists of other pages.
import { Link } from "@tanstack/react-router";
import type { Job } from "~/api/types";
import { Bar } from "~/ui/Bar";
import { IdChip } from "~/ui/IdChip";
import { TimeAge } from "~/ui/Time";
import type { Column } from "~/ui/tableTypes";
import { span } from "~/util/format";
import { whereOf } from "./jobMoves";
import { JobStatus } from "./states";
import { jobTitle } from "./words";

export function currentStep(job: Job) {
  return job.steps.find(({ state }) => ["running", "waiting", "undoing", "failed"].includes(state));
}

export function doneSteps(job: Job): number {
  return job.steps.filter(({ state }) => state === "done" || state === "skipped").length;
}

export const jobColumns: Column<Job>[] = [
  { id: "state", head: "State", width: 124, cell: (job) => <JobStatus state={job.state} /> },
  {
    id: "job",
    head: "Job",
    width: 150,
    cell: (job) => (
      <Link to="/jobs/$job_id" params={{ job_id: job.job_id }} className="strong">
        {jobTitle(job)}
      </Link>
    ),
  },
  {
    id: "id",
    head: "Id",
    width: 148,
    cell: (job) => (
      <IdChip
        id={job.job_id}
        noun="job id"
        link={(text) => (
          <Link to="/jobs/$job_id" params={{ job_id: job.job_id }}>
            {text}
          </Link>
        )}
      />
    ),
  },
  {
    id: "where",
    head: "Where",
    width: 128,
    cell: (job) => <span className="t2 fs12">{whereOf(job)}</span>,
  },
  {
    id: "now",
    head: "Step now, or result",
    cell: (job) => {
      const step = currentStep(job);
      const took = job.state === "succeeded" ? `took ${span(job.ran_ms)}` : "";
      const text = step?.waiting_because ?? step?.title ?? job.because ?? took;
      return (
        <span className="fs12" title={text}>
          {step && <code>{step.id}</code>} <span className="t2">{text}</span>
        </span>
      );
    },
  },
  {
    id: "steps",
    head: "Steps",
    width: 84,
    cell: (job) =>
      job.steps.length > 0 && (
        <Bar
          share={doneSteps(job) / job.steps.length}
          tone={job.state === "running" ? "run" : "neutral"}
        />
      ),
  },
  {
    id: "done",
    head: "Done",
    width: 64,
    num: true,
    cell: (job) => (
      <span className="t3 fs12">
        {job.steps.length > 0 ? `${doneSteps(job)} / ${job.steps.length}` : "—"}
      </span>
    ),
  },
  { id: "actor", head: "Actor", width: 100, cell: (job) => job.actor.sub },
  {
    id: "created_at",
    sortable: true,
    head: "Asked",
    width: 166,
    num: true,
    cell: (job) => (
      <span className="t2">
        <TimeAge at={job.created_at} />
      </span>
    ),
  },
];
