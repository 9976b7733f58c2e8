// One job: what it does, where it stands, what it waits for, and what can be asked of it.
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { isApiError } from "~/api/client";
import { jobQuery } from "~/api/queries";
import { Failed } from "~/components/problem";
import { usePageTitle } from "~/components/title";
import { jobTitle } from "~/components/words";
import { PageHead } from "~/ui/PageHead";
import { Panel } from "~/ui/Panel";
import { Skeleton } from "~/ui/Skeleton";
import { JobFacts } from "./JobFacts";
import { JobGates } from "./JobGates";
import { JobActions, JobHead } from "./JobHead";
import { JobHolds, JobReplay } from "./JobHolds";
import { JobNotice } from "./JobNotice";
import css from "./JobPage.module.css";
import { JobSteps } from "./JobSteps";
import { JobTabs } from "./JobTabs";

const route = getRouteApi("/console/jobs/$job_id");
const columns = ["Step", "State", "What it does", "Tries", "Planned", "Actual"].map((head) => ({
  head,
}));

export function JobPage() {
  const { job_id } = route.useParams();
  const query = useQuery(jobQuery(job_id));
  const job = query.data;
  usePageTitle(job ? jobTitle(job) : "Job");
  if (!job) {
    return (
      <>
        <PageHead title="Job" sub={<code>{job_id}</code>} />
        <Panel fill label="Job">
          {query.isError ? (
            <Failed
              error={query.error}
              {...(isApiError(query.error) && query.error.status === 404
                ? {
                    title: "No job has this id",
                    stillTrue: "It may belong to another environment, or was never accepted.",
                  }
                : { title: "This job cannot be read", stillTrue: "If it runs, it goes on." })}
              onRetry={() => void query.refetch()}
            />
          ) : (
            <Skeleton what="the job" columns={columns} />
          )}
        </Panel>
      </>
    );
  }
  return (
    <div className={css.page}>
      <JobHead job={job} fetchedAt={query.dataUpdatedAt} />
      <JobFacts job={job} />
      <JobNotice job={job} />
      <div className={css.columns}>
        <div className={css.work}>
          <JobSteps job={job} />
          <JobTabs job={job} />
        </div>
        <aside className={css.side} aria-label="Evidence">
          <JobGates job={job} />
          <JobHolds job={job} />
          <JobReplay job={job} />
        </aside>
      </div>
      <JobActions job={job} narrow />
    </div>
  );
}
