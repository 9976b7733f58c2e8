// Below the steps: the raw story, who asked for what, what changes, and the way back.
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { auditQuery, jobEventsQuery } from "~/api/queries";
import type { AuditRow, Job } from "~/api/types";
import { PlanDiffs } from "~/components/PlanDiffs";
import { Failed } from "~/components/problem";
import { ResultStatus } from "~/components/states";
import { Button } from "~/ui/Button";
import { IdChip } from "~/ui/IdChip";
import { Panel } from "~/ui/Panel";
import { Skeleton } from "~/ui/Skeleton";
import { Tabs } from "~/ui/Tabs";
import { Time } from "~/ui/Time";
import { saveFile } from "~/util/save";
import { JobEvents } from "./JobEvents";
import css from "./JobPage.module.css";
import { ReversePlan } from "./ReversePlan";

const route = getRouteApi("/console/jobs/$job_id");
type TabId = "events" | "audit" | "plan" | "reverse";

export function JobTabs({ job }: { job: Job }) {
  const { tab = "events" } = route.useSearch();
  const navigate = useNavigate();
  const events = useQuery(jobEventsQuery(job.job_id));
  const audit = useInfiniteQuery(auditQuery({ job_id: job.job_id }));
  const eventRows = events.data;
  const auditRows = audit.data?.pages.flatMap((page) => page.items);
  const download = () =>
    saveFile(
      `${job.job_id}.ndjson`,
      "application/x-ndjson",
      (eventRows ?? []).map((row) => JSON.stringify(row)).join("\n"),
    );
  return (
    <Panel fill label="Story and plan">
      <Tabs<TabId>
        label="Story and plan"
        value={tab}
        onChange={(next) =>
          void navigate({
            to: "/jobs/$job_id",
            params: { job_id: job.job_id },
            search: { tab: next === "events" ? undefined : next },
            replace: true,
          })
        }
        tabs={[
          { id: "events", label: "Events", count: eventRows?.length },
          { id: "audit", label: "Audit", count: auditRows?.length },
          { id: "plan", label: "Plan and diff" },
          { id: "reverse", label: "Reverse plan" },
        ]}
        end={
          tab === "events" && (
            <>
              CONTROL_EVENTS, newest first
              <Button size="s" icon="download" onClick={download}>
                NDJSON
              </Button>
            </>
          )
        }
      >
        {tab === "events" &&
          (eventRows ? (
            <JobEvents events={eventRows} />
          ) : events.isError ? (
            <Failed
              error={events.error}
              title="The events cannot be read"
              onRetry={() => void events.refetch()}
            />
          ) : (
            <Skeleton
              what="events"
              rows={6}
              columns={["Seq", "Time", "Event", "What happened"].map((head) => ({ head }))}
            />
          ))}
        {tab === "audit" &&
          (auditRows ? (
            <AuditRows rows={auditRows} />
          ) : audit.isError ? (
            <Failed
              error={audit.error}
              title="The audit log cannot be read"
              onRetry={() => void audit.refetch()}
            />
          ) : (
            <Skeleton
              what="audit records"
              rows={4}
              columns={["Audit seq", "Time", "Actor", "Operation"].map((head) => ({ head }))}
            />
          ))}
        {tab === "plan" && (
          <div className={css.pad}>
            {job.plan ? (
              <PlanDiffs plan={job.plan} />
            ) : (
              <p className="t2">The plan has not been recomputed yet.</p>
            )}
          </div>
        )}
        {tab === "reverse" && (
          <div className={css.prose}>
            {job.plan ? (
              <ReversePlan plan={job.plan} />
            ) : (
              <p>The plan has not been recomputed yet.</p>
            )}
          </div>
        )}
      </Tabs>
    </Panel>
  );
}

function AuditRows({ rows }: { rows: readonly AuditRow[] }) {
  if (rows.length === 0) return <p className={css.prose}>No audit record names this job yet.</p>;
  return (
    <table className={css.events} aria-label="Audit records of this job">
      <colgroup>
        <col width="96" />
        <col width="196" />
        <col width="120" />
        <col width="140" />
        <col />
        <col width="100" />
        <col width="140" />
      </colgroup>
      <thead>
        <tr>
          <th className="num">Audit seq</th>
          <th>Time, UTC</th>
          <th>Actor</th>
          <th>Operation</th>
          <th>Reason</th>
          <th>Result</th>
          <th>Request</th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={row.seq}>
            <td className="num mono t3">{row.seq}</td>
            <td className="mono t3">
              <Time at={row.at} style="millis" />
            </td>
            <td>{row.actor ?? row.claimed ?? "—"}</td>
            <td>
              <code>{row.operation}</code>
            </td>
            <td className="t2" title={row.reason ?? undefined}>
              {row.reason ?? "—"}
            </td>
            <td>
              <ResultStatus result={row.result} title={row.detail ?? undefined} />
            </td>
            <td>{row.ids && <IdChip id={row.ids.request_id} noun="request id" />}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
