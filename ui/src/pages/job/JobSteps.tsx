// The steps of the job as a time line.
import type { Job } from "~/api/types";
import { passedStep } from "~/components/jobActions";
import { EmptyState } from "~/ui/EmptyState";
import { Panel } from "~/ui/Panel";
import { StepTimeline, TimelineLegend } from "~/ui/StepTimeline";
import { Time } from "~/ui/Time";
import { useNow } from "~/util/clock";
import { useZone } from "~/util/zone";
import { chartOf, dotted, isCurrent, lookOf, whyLine } from "./derive";

export function JobSteps({ job }: { job: Job }) {
  const now = useNow();
  const zone = useZone();
  const done = job.steps.filter(({ state }) => state === "done" || state === "skipped").length;
  const passed = passedStep(job);
  if (job.steps.length === 0) {
    return (
      <Panel title="Steps">
        <EmptyState title={job.state === "rejected" ? "Nothing was done" : "Not planned yet"}>
          {job.state === "rejected"
            ? "The job was not taken on, so it has no steps."
            : dotted(
                job.because ??
                  "The plan is recomputed before the first step; its steps appear here.",
              )}
        </EmptyState>
      </Panel>
    );
  }
  return (
    <Panel title="Steps" count={`${done} of ${job.steps.length} done`} end={<TimelineLegend />}>
      <StepTimeline
        chart={chartOf(job, now)}
        pointOfNoReturn={
          <>
            Point of no return
            {passed?.finished_at && (
              <>
                , passed <Time at={passed.finished_at} />
              </>
            )}
            . Before it a failure or a cancel is undone; after it the job pauses, and the way back
            is a reverse migration.
          </>
        }
        steps={job.steps.map((step) => {
          const look = lookOf(step);
          return {
            id: step.id,
            tone: look.tone,
            icon: look.icon,
            word: look.word,
            title: step.title,
            tries: step.attempt,
            plannedMs: step.expected_ms,
            current: isCurrent(step),
            todo: step.state === "pending",
            why: whyLine(step, zone, now),
            pointOfNoReturn: step.point_of_no_return,
          };
        })}
      />
    </Panel>
  );
}
