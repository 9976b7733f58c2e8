// The jobs that ended last, and how.
import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { endedJobsQuery } from "~/api/queries";
import { JobsTable } from "~/components/JobsTable";
import { Panel } from "~/ui/Panel";
import css from "./OverviewPage.module.css";

const SHOWN = 12;

export function Ended() {
  const query = useInfiniteQuery(endedJobsQuery);
  const jobs = query.data?.pages[0]?.items.slice(0, SHOWN) ?? [];
  return (
    <Panel
      fill
      title="Ended last"
      end={
        <Link to="/jobs" className="link">
          All jobs
        </Link>
      }
    >
      {jobs.length > 0 ? (
        <JobsTable label="Ended last" jobs={jobs} hidden={["id", "steps", "done", "actor"]} />
      ) : (
        <p className={css.quiet}>
          {query.isSuccess
            ? "No job has ended yet."
            : query.isError
              ? "They cannot be read now."
              : "Not known yet."}
        </p>
      )}
    </Panel>
  );
}
