// The verbs of a job as buttons. Whether one is possible, and why not, is the API's word; only the
// reverse, which is a new migration, is judged here.
import type { Job, JobStep, JobVerb } from "~/api/types";
import type { IconName } from "~/ui/glyphs";
import { jobLook } from "./words";

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
  const started = (step: JobStep) => step.state !== "pending" && step.state !== "skipped";
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

/** Only a migration that has moved placement can be reversed. */
export function reverseOff(job: Pick<Job, "kind" | "steps" | "state">): string | undefined {
  if (job.kind !== "tenant-migrate") return "Only a migration has a reverse.";
  if (!passedStep(job)) return "Placement has not moved: cancel instead of reverse.";
  if (job.state !== "succeeded") {
    return `Reverse is for a migration that has ended; this one is ${jobLook(job.state).word.toLowerCase()}.`;
  }
  return undefined;
}

/** One line beside the group, from the reasons of the verbs that are off. */
export function offLine(actions: readonly { off: string | undefined }[]): string | undefined {
  const reasons = [...new Set(actions.map((action) => action.off).filter(Boolean))];
  return reasons.length > 0 ? reasons.join(" ") : undefined;
}
