// Who did what and why: every privileged act, allowed or not. Times are absolute, never relative.
import { useInfiniteQuery } from "@tanstack/react-query";
import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { auditQuery } from "~/api/queries";
import type { AuditResult, AuditRow } from "~/api/types";
import { Fresh } from "~/components/Fresh";
import { type FilterDef, ListFilters } from "~/components/ListFilters";
import { Failed } from "~/components/problem";
import { sortOf, sortText } from "~/components/sort";
import { Button, buttonClass } from "~/ui/Button";
import { DataTable } from "~/ui/DataTable";
import { EmptyState } from "~/ui/EmptyState";
import { PageHead } from "~/ui/PageHead";
import { Panel } from "~/ui/Panel";
import { Segmented } from "~/ui/Segmented";
import { Skeleton } from "~/ui/Skeleton";
import { serverNow } from "~/util/clock";
import { count, dayOf, int } from "~/util/format";
import { saveFile } from "~/util/save";
import { useZone } from "~/util/zone";
import { csv } from "../tenants/csv";
import css from "./AuditPage.module.css";
import { auditColumns } from "./columns";
import { Record } from "./Record";

const route = getRouteApi("/console/audit");
const USUAL = "-at";

type FilterId = "tenant" | "actor" | "operation" | "resource" | "job_id" | "correlation_id";
const filters: readonly FilterDef<FilterId>[] = [
  { id: "actor", label: "Actor", operator: "is" },
  { id: "tenant", label: "Tenant", operator: "is" },
  { id: "operation", label: "Operation", operator: "is" },
  { id: "resource", label: "Resource", operator: "is" },
  { id: "job_id", label: "Job", operator: "is" },
  { id: "correlation_id", label: "Correlation", operator: "is" },
];
const results: readonly { value: AuditResult | "all"; label: string }[] = [
  { value: "all", label: "All" },
  { value: "denied", label: "Denied" },
  { value: "error", label: "Error" },
  { value: "unknown", label: "Unknown" },
  { value: "pending", label: "Pending" },
];

function rowsCsv(rows: readonly AuditRow[]): string {
  return csv(
    [
      "seq",
      "at",
      "actor",
      "operation",
      "resource",
      "tenant_id",
      "reason",
      "result",
      "code",
      "job_id",
      "request_id",
      "correlation_id",
    ],
    rows.map((row) => [
      row.seq,
      row.at,
      row.actor,
      row.operation,
      row.resource,
      row.tenant_id,
      row.reason,
      row.result,
      row.code,
      row.job_id,
      row.ids?.request_id,
      row.ids?.correlation_id,
    ]),
  );
}

/** The API counts the log, not what a filter leaves of it; with the last page one knows. */
function recordsText(loaded: number, more: boolean, all: number | null | undefined) {
  if (!more) return count(loaded, "record");
  return `${int(loaded)} loaded${all == null ? "" : ` of ${int(all)} in the log`}`;
}

export function AuditPage() {
  const { sort, ...search } = route.useLoaderDeps();
  const navigate = useNavigate();
  const [activeId, setActiveId] = useState<string>();
  const query = useInfiniteQuery(auditQuery({ ...search, sort }));
  const rows = query.data?.pages.flatMap((page) => page.items) ?? [];
  const first = query.data?.pages[0];
  const filtered = Object.values(search).some(Boolean);
  const active = rows.find((row) => row.seq === activeId);
  const result = results.find(({ value }) => value === search.result)?.value ?? "all";
  const zone = useZone();
  const today = dayOf(serverNow(), zone);
  const columns = auditColumns(
    zone,
    rows.some((row) => dayOf(Date.parse(row.at), zone) !== today),
  );
  const nothing = rows.length === 0 ? "There are no records to export." : undefined;
  return (
    <>
      <PageHead title="Audit log" sub="every privileged act, allowed or not">
        <Fresh asOf={first?.as_of} fetchedAt={query.dataUpdatedAt} />
        <Button
          icon="download"
          off={nothing}
          onClick={() => saveFile("audit.csv", "text/csv", rowsCsv(rows))}
        >
          CSV
        </Button>
        <Button
          icon="download"
          off={nothing}
          onClick={() =>
            saveFile(
              "audit.ndjson",
              "application/x-ndjson",
              rows.map((row) => JSON.stringify(row)).join("\n"),
            )
          }
        >
          NDJSON
        </Button>
      </PageHead>
      <ListFilters
        defs={filters}
        values={search}
        onChange={(next) =>
          void navigate({ to: "/audit", search: { ...next, result: search.result, sort } })
        }
        matches={recordsText(rows.length, query.hasNextPage, first?.total_estimate)}
      >
        <Segmented
          label="Result"
          value={result}
          options={results}
          onChange={(next) =>
            void navigate({
              to: "/audit",
              search: { ...search, sort, result: next === "all" ? undefined : next },
            })
          }
        />
      </ListFilters>
      <Panel fill label="Audit log">
        {query.isPending ? (
          <Skeleton what="audit records" rows={16} columns={columns} />
        ) : query.isError && rows.length === 0 ? (
          <Failed
            error={query.error}
            title="The audit log cannot be read"
            stillTrue="Nothing was lost: an action that cannot be recorded is refused."
            onRetry={() => void query.refetch()}
          />
        ) : rows.length === 0 ? (
          <EmptyState
            title={filtered ? "No record matches" : "Nothing has been done yet"}
            actions={
              filtered && (
                <Link to="/audit" search={{}} className={buttonClass({ variant: "primary" })}>
                  Clear the filters
                </Link>
              )
            }
          >
            {filtered
              ? "Other records are hidden by the filters above."
              : "Sign-ins, plans, jobs and denials each leave one record here, before anything happens."}
          </EmptyState>
        ) : (
          <div className={css.fill}>
            <DataTable
              label="Audit log"
              columns={columns}
              rows={rows}
              rowId={(row) => row.seq}
              rowHeight={28}
              sort={sortOf(sort, USUAL)}
              onSort={(next) =>
                void navigate({ to: "/audit", search: { ...search, sort: sortText(next, USUAL) } })
              }
              total={query.hasNextPage ? (first?.total_estimate ?? undefined) : rows.length}
              activeId={activeId}
              onActive={(row) => setActiveId(row.seq)}
              onOpen={(row) =>
                row.job_id && void navigate({ to: "/jobs/$job_id", params: { job_id: row.job_id } })
              }
              onEnd={() =>
                query.hasNextPage && !query.isFetchingNextPage && void query.fetchNextPage()
              }
            />
            <Record row={active} />
          </div>
        )}
      </Panel>
    </>
  );
}
