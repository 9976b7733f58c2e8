// The verbs of a job as buttons. Whether one is possible, and why not, is the API's word; only the
// reverse, which is a new migration, is judged here.
import type { Job, JobStep, JobVerb } from "~/api/types";
import type { IconName } from "~/ui/glyphs";
import { isOpen } from "./words";

export type JobAction = {
  verb: JobVerb;
  label: string;
  icon: IconName;
  off: string | undefined;
};

const looks: Record<JobVerb, { label: string; icon: IconName }> = {
  retry: { label: "Retry", icon: "retry" },
  cancel: { label: "Cancel", icon: "close" },
  pause: { label: "Pause", icon: "pause" },
  resume: { label: "Resume", icon: "right" },
};

/** The flip that started, if any: from there on only a reverse migration leads back. */
export function passedStep(job: Pick<Job, "steps">): JobStep | undefined {
  const started = (step: JobStep) => step.state !== "pending";
  return job.steps.find((step) => step.point_of_no_return && started(step));
}

/** Retry, Cancel, and Pause or, in its place, Resume. */
export function actionsOfJob(job: Pick<Job, "actions" | "state">): JobAction[] {
  const shown: JobVerb[] = ["retry", "cancel", job.state === "paused" ? "resume" : "pause"];
  return shown.map((verb) => {
    const action = job.actions.find((each) => each.verb === verb);
    const off = action?.allowed ? undefined : action?.because || "Not possible now.";
    return { verb, ...looks[verb], off };
  });
}

/**
 * Only a migration that has moved placement can be reversed. While it still runs its mirror can be
 * planned; the lock lets it begin once this one has ended, and the dialog says so.
 */
export function reverseOff(job: Pick<Job, "kind" | "steps" | "state">): string | undefined {
  if (job.kind !== "tenant-migrate") return "Only a migration has a reverse.";
  if (passedStep(job)) return undefined;
  return isOpen(job.state)
    ? "Placement has not moved: cancel instead of reverse."
    : "Placement has not moved, so there is nothing to take back.";
}

const states: Record<JobVerb, string> = {
  cancel: "running or paused",
  pause: "running",
  resume: "paused",
  retry: "stuck",
};

/** One short line beside the group; each button itself is described by the API's whole sentence. */
export function offLine(
  job: Pick<Job, "steps" | "state">,
  actions: readonly Pick<JobAction, "verb" | "label" | "off">[],
): string | undefined {
  const passed = passedStep(job);
  const reasons = actions
    .filter((action) => action.off)
    .map(({ verb, label, off }) => {
      if (off?.startsWith("You lack")) return off;
      if (verb === "cancel" && passed) return `Past ${passed.id}, so reverse instead of cancel.`;
      return `${label} is for a job that is ${states[verb]}.`;
    });
  return reasons.length > 0 ? [...new Set(reasons)].join(" ") : undefined;
}

/** The command that prints the events this page is folded from. */
export function replayCommand(job: Pick<Job, "job_id" | "tenant_id" | "accepted_seq">): string {
  const subject = `control.evt.${job.tenant_id ?? "_"}.job.${job.job_id}`;
  return `nats sub --stream CONTROL_EVENTS \\\n  --start-sequence ${job.accepted_seq} \\\n'${subject}'`;
}
