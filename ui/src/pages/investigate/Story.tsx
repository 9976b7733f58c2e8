// One flow told in order: what began it, who and when, then every moment of it.
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { auditQuery, jobEventsQuery, jobQuery } from "~/api/queries";
import type { Job } from "~/api/types";
import { Fact, Facts } from "~/components/Facts";
import { Failed } from "~/components/problem";
import { jobTitle } from "~/components/words";
import { DataTable } from "~/ui/DataTable";
import { EmptyState } from "~/ui/EmptyState";
import { Icon } from "~/ui/Icon";
import { Panel } from "~/ui/Panel";
import { Segmented } from "~/ui/Segmented";
import { Skeleton } from "~/ui/Skeleton";
import { Time } from "~/ui/Time";
import type { Column } from "~/ui/tableTypes";
import { cx } from "~/util/cx";
import { count, int, span } from "~/util/format";
import css from "./InvestigatePage.module.css";
import { type Moment, storyOf } from "./story";

const hue = { ok: "c-ok", warn: "c-warn", bad: "c-bad", unk: "c-unk", run: "c-run", off: "t3" };

const columns: Column<Moment>[] = [
  {
    id: "mark",
    head: "Kind",
    width: 40,
    quiet: true,
    cell: (moment) => (
      <span className={cx(css.mark, hue[moment.tone])}>
        <Icon name={moment.icon} />
      </span>
    ),
  },
  {
    id: "at",
    head: "Time",
    width: 124,
    cell: (moment) => (
      <span className="mono t2">
        <Time at={moment.at} style="millis" />
      </span>
    ),
  },
  {
    id: "since",
    head: "Since",
    width: 84,
    num: true,
    cell: (moment) => (
      <span className="t3">{moment.sinceMs ? `+${span(moment.sinceMs)}` : ""}</span>
    ),
  },
  {
    id: "source",
    head: "Source",
    width: 150,
    cell: (moment) => (
      <>
        {moment.source} <span className="t3">{moment.by}</span>
      </>
    ),
  },
  {
    id: "what",
    head: "What happened",
    cell: (moment) => (
      <span title={`${moment.name} ${moment.what}`}>
        <code>{moment.name}</code> <span className="t2">{moment.what}</span>
      </span>
    ),
  },
  {
    id: "ref",
    head: "Sequence",
    width: 132,
    num: true,
    cell: (moment) => (
      <>
        {moment.firstSign && <span className="c-warn fs12">first sign </span>}
        <span className="mono t3">
          {moment.source === "Event" ? int(Number(moment.ref)) : moment.ref}
        </span>
      </>
    ),
  },
];

export function Story({ jobId }: { jobId: string }) {
  const job = useQuery(jobQuery(jobId));
  const events = useQuery(jobEventsQuery(jobId));
  const correlation_id = job.data?.ids.correlation_id;
  const audit = useInfiniteQuery({
    ...auditQuery({ correlation_id }),
    enabled: correlation_id !== undefined,
  });
  const [only, setOnly] = useState<"all" | "warnings">("all");
  const records = audit.data?.pages.flatMap((page) => page.items) ?? [];
  const story = storyOf(events.data ?? [], records);
  const warnings = story.filter((moment) => moment.warning);
  const shown = only === "all" ? story : warnings;
  return (
    <>
      {job.data && <Began job={job.data} story={story} records={records.length} />}
      <Panel
        fill
        title="In order of time"
        count={events.data && count(story.length, "moment")}
        end={
          <Segmented
            small
            label="Which moments"
            value={only}
            options={[
              { value: "all", label: "All" },
              { value: "warnings", label: `Warnings ${int(warnings.length)}` },
            ]}
            onChange={setOnly}
          />
        }
      >
        {events.isPending ? (
          <Skeleton what="the events" columns={columns} />
        ) : events.isError && story.length === 0 ? (
          <Failed
            error={events.error}
            title="The events cannot be read"
            onRetry={() => void events.refetch()}
          />
        ) : shown.length === 0 ? (
          <EmptyState title="No warning">
            Every attempt of this flow succeeded, every gate held, and nothing was refused.
          </EmptyState>
        ) : (
          <DataTable
            label="In order of time"
            columns={columns}
            rows={shown}
            rowId={(moment) => moment.id}
            rowHeight={28}
          />
        )}
      </Panel>
    </>
  );
}

function Began({ job, story, records }: { job: Job; story: readonly Moment[]; records: number }) {
  const [first] = story;
  const last = story.at(-1);
  const lasted = first && last ? Date.parse(last.at) - Date.parse(first.at) : 0;
  return (
    <div className={css.facts}>
      <Facts>
        <Fact name="Began as">POST /admin/v1/jobs/{job.kind}</Fact>
        <Fact name="Actor">{job.actor.sub}</Fact>
        {job.tenant_id && (
          <Fact name="Tenant">
            <Link to="/tenants/$tenant_id" params={{ tenant_id: job.tenant_id }} className="strong">
              {job.tenant_id}
            </Link>
          </Fact>
        )}
        <Fact name="Job">
          <Link to="/jobs/$job_id" params={{ job_id: job.job_id }} className="link">
            {jobTitle(job)}
          </Link>
        </Fact>
        <Fact name="Audit">
          <Link to="/audit" search={{ correlation_id: job.ids.correlation_id }} className="link">
            {count(records, "record")}
          </Link>
        </Fact>
        <Fact name="Began">{first ? <Time at={first.at} relative /> : "—"}</Fact>
        <Fact name="Span of time">{span(lasted)}</Fact>
      </Facts>
    </div>
  );
}
