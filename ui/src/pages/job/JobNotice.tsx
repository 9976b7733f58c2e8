// One line under the head when somebody must know why the job stands where it stands.
import { Link } from "@tanstack/react-router";
import type { Job } from "~/api/types";
import { Banner } from "~/ui/Banner";
import { IdChip } from "~/ui/IdChip";
import { dotted } from "./derive";
import css from "./JobPage.module.css";

const tones = {
  paused: { tone: "warn", icon: "pause", title: "Paused." },
  stuck: { tone: "bad", icon: "stuck", title: "Stuck: the lock is kept." },
  compensating: { tone: "warn", icon: "undo", title: "Being undone." },
  rejected: { tone: "bad", icon: "bad", title: "Not taken on." },
  rolled_back: { tone: "warn", icon: "undo", title: "Rolled back." },
} as const;

export function JobNotice({ job }: { job: Job }) {
  const look = tones[job.state as keyof typeof tones];
  const last = job.errors.at(-1);
  const text = job.because ?? job.refusal?.message ?? last?.message;
  if (!look || !text) return null;
  // A permit may be held by several jobs, named one after the other.
  const holders = (job.refusal?.holder ?? "").split(/,\s*/).filter((id) => id.startsWith("job_"));
  return (
    <div className={css.notice}>
      <Banner tone={look.tone} icon={look.icon} title={look.title} urgent={job.state === "stuck"}>
        {dotted(text)}
        {job.refusal?.diff && job.refusal.diff.length > 0 && <> {job.refusal.diff.join("; ")}</>}
        {holders.length > 0 && <> Held by </>}
        {holders.map((job_id) => (
          <IdChip
            key={job_id}
            id={job_id}
            noun="job id"
            link={(id) => (
              <Link to="/jobs/$job_id" params={{ job_id }}>
                {id}
              </Link>
            )}
          />
        ))}
      </Banner>
    </div>
  );
}
