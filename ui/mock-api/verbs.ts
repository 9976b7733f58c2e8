// Which verbs the state of a job allows, with the sentence for those it does not.
import type { Job, JobVerb } from "~/api/types";

const legal: Record<JobVerb, readonly string[]> = {
  cancel: ["pending", "running", "paused"],
  pause: ["running"],
  resume: ["paused"],
  retry: ["stuck"],
};

export function passed(job: Pick<Job, "steps">): string | undefined {
  return job.steps.find((step) => step.point_of_no_return && step.state !== "pending")?.id;
}

export function actionsOf(job: Pick<Job, "state" | "steps">): Job["actions"] {
  return (Object.keys(legal) as JobVerb[]).map((verb) => {
    const ended = ["succeeded", "cancelled", "rolled_back", "rejected"].includes(job.state);
    const flip = verb === "cancel" ? passed(job) : undefined;
    const allowed = legal[verb].includes(job.state) && !flip;
    const because = allowed
      ? ""
      : ended
        ? `The job is ${job.state.replace("_", " ")}.`
        : flip
          ? `Past ${flip}, so reverse instead of cancel.`
          : `${verb.charAt(0).toUpperCase()}${verb.slice(1)} is for ${legal[verb].join(", ")}.`;
    return { verb, allowed, because };
  });
}
