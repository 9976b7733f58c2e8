// Everything one id leads to: jobs, tenants, audit records, and the way to its logs and its trace.
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import { searchQuery } from "~/api/queries";
import type { SearchHit } from "~/api/types";
import { ExploreLinks } from "~/components/ExploreLinks";
import { Failed } from "~/components/problem";
import { JobStatus } from "~/components/states";
import { hitHref, hitTitle } from "~/shell/palette/hits";
import { idKind, looksLikeId, searchable } from "~/shell/palette/idKind";
import { Button } from "~/ui/Button";
import { DataTable } from "~/ui/DataTable";
import { EmptyState } from "~/ui/EmptyState";
import { IdChip } from "~/ui/IdChip";
import { Input } from "~/ui/Input";
import { PageHead } from "~/ui/PageHead";
import { Panel } from "~/ui/Panel";
import { Skeleton } from "~/ui/Skeleton";
import type { Column } from "~/ui/tableTypes";
import css from "./InvestigatePage.module.css";
import { Story } from "./Story";

const route = getRouteApi("/console/investigate");

const columns: Column<SearchHit>[] = [
  { id: "type", head: "What", width: 120, cell: (hit) => hit.type },
  {
    id: "title",
    head: "Name",
    width: 240,
    cell: (hit) => (
      <Link to={hitHref(hit)} className="strong">
        {hitTitle(hit)}
      </Link>
    ),
  },
  {
    id: "state",
    head: "State",
    width: 130,
    cell: (hit) => hit.state && <JobStatus state={hit.state} />,
  },
  {
    id: "id",
    head: "Id",
    width: 180,
    cell: (hit) => <IdChip id={hit.id} noun={`${hit.type} id`} />,
  },
  { id: "detail", head: "Detail", cell: (hit) => <span className="t2">{hit.detail}</span> },
];

export function InvestigatePage() {
  const { id = "" } = route.useSearch();
  const navigate = useNavigate();
  const text = searchable(id);
  const query = useQuery({ ...searchQuery(text), enabled: looksLikeId(text) });
  const hits = query.data?.hits ?? [];
  const ids = hits.find((hit) => hit.ids)?.ids;
  // One flow can be told; several, as of a tenant, are a list to choose from.
  const jobs = hits.filter((hit) => hit.type === "job");
  const only = jobs.length === 1 ? jobs[0] : undefined;
  const kind = idKind(text);
  const subject = {
    correlation_id: ids?.correlation_id ?? (kind === "correlation id" ? text : undefined),
    request_id: ids?.request_id ?? (kind === "request id" ? text : undefined),
    trace_id: ids?.trace_id ?? (kind === "trace id" ? text : undefined),
  };
  return (
    <>
      <PageHead title="Investigate">{text && <ExploreLinks buttons subject={subject} />}</PageHead>
      <form
        className={css.ask}
        onSubmit={(event) => {
          event.preventDefault();
          const value = new FormData(event.currentTarget).get("id");
          void navigate({ to: "/investigate", search: { id: searchable(String(value ?? "")) } });
        }}
      >
        <Input
          key={id}
          name="id"
          mono
          data-filter
          aria-label="Request, correlation, trace or job id"
          placeholder="Request, correlation, trace or job id"
          defaultValue={id}
          autoComplete="off"
          spellCheck={false}
        />
        <Button size="l" type="submit" icon="find">
          Investigate
        </Button>
        {text && <span className="t3">{kind}</span>}
      </form>
      {only ? (
        <div className={css.story}>
          <Story key={only.id} jobId={only.id} />
        </div>
      ) : (
        <Panel fill label="What the id belongs to">
          {!text ? (
            <EmptyState
              title="Paste an id"
              command="curl -i $CONTROL/admin/v1/jobs | grep -i x-correlation-id"
            >
              Every request, job and audit record carries a request, a correlation and a trace id.
              Paste one to see what it belongs to. Each answer of the API names its own:
            </EmptyState>
          ) : query.isError ? (
            <Failed
              error={query.error}
              title="The id cannot be looked up"
              onRetry={() => void query.refetch()}
            />
          ) : query.isPending && looksLikeId(text) ? (
            <Skeleton what="what the id belongs to" columns={columns} />
          ) : hits.length === 0 ? (
            <EmptyState title="Nothing is known by this id">
              No job, tenant or audit record carries <code>{text}</code>. Reads leave no record
              here; their log lines do.
            </EmptyState>
          ) : (
            <DataTable
              label="What the id belongs to"
              columns={columns}
              rows={hits}
              rowId={(hit) => `${hit.type} ${hit.id}`}
              onOpen={(hit) => void navigate({ to: hitHref(hit) })}
            />
          )}
        </Panel>
      )}
    </>
  );
}
