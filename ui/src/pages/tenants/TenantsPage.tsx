// All tenants and where each lives; where a move begins. Ten thousand rows stay fluid: only those
// on screen are in the document, and pages come as one scrolls.
import { useInfiniteQuery } from "@tanstack/react-query";
import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { tenantsQuery } from "~/api/queries";
import { ColumnChooser } from "~/components/ColumnChooser";
import { Fresh } from "~/components/Fresh";
import { type FilterDef, ListFilters } from "~/components/ListFilters";
import { Failed } from "~/components/problem";
import { sortOf, sortText } from "~/components/sort";
import { moveOff } from "~/components/tenantActions";
import { TENANT_STATES, tenantLook } from "~/components/words";
import { openMigrate } from "~/dialogs/host";
import { useLacks, useSession } from "~/session/session";
import { Button, buttonClass } from "~/ui/Button";
import { DataTable } from "~/ui/DataTable";
import { EmptyState } from "~/ui/EmptyState";
import { PageHead } from "~/ui/PageHead";
import { Panel } from "~/ui/Panel";
import { Skeleton } from "~/ui/Skeleton";
import { int } from "~/util/format";
import { saveFile } from "~/util/save";
import { persistentStore, useStore } from "~/util/store";
import { tenantColumns } from "./columns";
import { tenantsCsv } from "./csv";
import { RowMenu } from "./RowMenu";

const route = getRouteApi("/console/tenants");
const USUAL = "tenant_id";

type FilterId = "tenant" | "shard" | "state";
const filters: readonly FilterDef<FilterId>[] = [
  { id: "tenant", label: "Tenant", operator: "has" },
  { id: "shard", label: "Shard", operator: "is" },
  {
    id: "state",
    label: "State",
    operator: "is",
    options: TENANT_STATES.map((state) => ({ value: state, label: tenantLook(state).word })),
  },
];

const hiddenColumns = persistentStore<string[]>("control.tenants.hidden", (raw) => {
  const value: unknown = JSON.parse(raw ?? "[]");
  return Array.isArray(value) ? value.filter((id) => typeof id === "string") : [];
});

export function TenantsPage() {
  // Only what this page understands; an address may carry more.
  const { sort, ...search } = route.useLoaderDeps();
  const navigate = useNavigate();
  const session = useSession();
  const lacks = useLacks("control.jobs.create");
  const hidden = useStore(hiddenColumns);
  const [activeId, setActiveId] = useState<string>();
  const query = useInfiniteQuery(tenantsQuery({ ...search, sort }));
  const rows = query.data?.pages.flatMap((page) => page.items) ?? [];
  const first = query.data?.pages[0];
  const total = first?.total_estimate ?? rows.length;
  const filtered = Object.values(search).some(Boolean);
  const columns = [
    ...tenantColumns,
    {
      id: "actions",
      head: "Actions",
      width: 48,
      num: true,
      quiet: true,
      cell: (row: (typeof rows)[number]) => <RowMenu row={row} lacks={lacks} />,
    },
  ];
  return (
    <>
      <PageHead title="Tenants" sub={first && int(total)}>
        <Fresh asOf={first?.as_of} fetchedAt={query.dataUpdatedAt} />
        <ColumnChooser
          columns={tenantColumns.filter(({ id }) => id !== "tenant_id")}
          hidden={hidden}
          onChange={(next) => hiddenColumns.set(next)}
        />
        <Button
          icon="download"
          off={rows.length === 0 ? "There are no rows to export." : undefined}
          onClick={() => saveFile("tenants.csv", "text/csv", tenantsCsv(rows))}
        >
          Export
        </Button>
      </PageHead>
      <ListFilters
        defs={filters}
        values={search}
        onChange={(next) => void navigate({ to: "/tenants", search: { ...next, sort } })}
        matches={filtered && first ? `${int(total)} match` : undefined}
      />
      <Panel
        fill
        label="Tenants"
        foot={
          rows.length > 0 && (
            <>
              <span>
                {int(rows.length)} of {int(Math.max(total, rows.length))} tenants loaded
              </span>
              <span>e8 = placement epoch</span>
            </>
          )
        }
      >
        {query.isPending ? (
          <Skeleton what="tenants" rows={14} columns={tenantColumns} />
        ) : query.isError && rows.length === 0 ? (
          <Failed
            error={query.error}
            title="The tenants cannot be read"
            stillTrue="Tenants are served; only this list is missing."
            onRetry={() => void query.refetch()}
          />
        ) : rows.length === 0 ? (
          <EmptyState
            title={
              filtered
                ? "No tenant matches"
                : `No tenant is placed in ${session?.environment ?? "this environment"}`
            }
            {...(filtered ? {} : { command: "nats kv ls projection_placement" })}
            actions={
              filtered && (
                <Link to="/tenants" search={{}} className={buttonClass({ variant: "primary" })}>
                  Clear the filters
                </Link>
              )
            }
          >
            {filtered
              ? "Other tenants are hidden by the filters above."
              : "A tenant appears here with its first placement. The maps themselves:"}
          </EmptyState>
        ) : (
          <DataTable
            label="Tenants"
            columns={columns}
            rows={rows}
            rowId={(row) => row.tenant_id}
            hidden={hidden}
            sort={sortOf(sort, USUAL)}
            onSort={(next) =>
              void navigate({ to: "/tenants", search: { ...search, sort: sortText(next, USUAL) } })
            }
            total={total}
            activeId={activeId}
            onActive={(row) => setActiveId(row.tenant_id)}
            onOpen={(row) =>
              void navigate({ to: "/tenants/$tenant_id", params: { tenant_id: row.tenant_id } })
            }
            keys={{
              m: (row) => !moveOff(row, lacks) && openMigrate(row.tenant_id),
              i: (row) => void navigate({ to: "/investigate", search: { id: row.tenant_id } }),
              ".": (row) =>
                document
                  .querySelector<HTMLElement>(
                    `[aria-label=${JSON.stringify(`Actions for ${row.tenant_id}`)}]`,
                  )
                  ?.click(),
              c: (row) => void navigator.clipboard.writeText(row.tenant_id),
            }}
            onEnd={() =>
              query.hasNextPage && !query.isFetchingNextPage && void query.fetchNextPage()
            }
          />
        )}
      </Panel>
    </>
  );
}
