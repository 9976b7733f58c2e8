// A list that the Gateway keeps: waiting, failed, empty, or its rows with what there is of them.
import type { InfiniteData, UseInfiniteQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";
import type { Listing } from "~/api/govern/types";
import { Button } from "~/ui/Button";
import { DataTable } from "~/ui/DataTable";
import { Panel } from "~/ui/Panel";
import { Skeleton } from "~/ui/Skeleton";
import type { Column, DataTableProps } from "~/ui/tableTypes";
import { int } from "~/util/format";
import { Failed } from "./problem";

export type ListQuery<T> = UseInfiniteQueryResult<InfiniteData<Listing<T>>>;

/** The rows that are loaded, and how many there are. */
export function useRows<T>(query: ListQuery<T>): { rows: T[]; total: number | undefined } {
  const rows = query.data?.pages.flatMap((page) => page.items) ?? [];
  return { rows, total: query.data?.pages[0]?.total };
}

export function ListPanel<T extends object>({
  label,
  what,
  query,
  columns,
  empty,
  stillTrue,
  foot,
  title,
  end,
  skeletonRows = 12,
  ...table
}: {
  label: string;
  /** `users`: for the words around it. */
  what: string;
  query: ListQuery<T>;
  columns: readonly Column<T>[];
  empty: ReactNode;
  stillTrue?: string;
  foot?: ReactNode;
  /** Heads the panel; without it only the page does. */
  title?: string;
  end?: ReactNode;
  skeletonRows?: number;
} & Omit<DataTableProps<T>, "label" | "columns" | "rows" | "total" | "onEnd">) {
  const { rows, total } = useRows(query);
  const more = () => query.hasNextPage && !query.isFetchingNextPage && void query.fetchNextPage();
  return (
    <Panel
      fill
      label={label}
      title={title}
      count={title && total !== undefined ? int(total) : undefined}
      end={end}
      foot={
        rows.length > 0 && (
          <>
            <span>
              {int(rows.length)} of {int(Math.max(total ?? 0, rows.length))} {what} loaded
            </span>
            {query.hasNextPage && (
              <Button
                size="s"
                off={query.isFetchingNextPage ? "More is being read." : undefined}
                onClick={more}
              >
                Load more
              </Button>
            )}
            {foot}
          </>
        )
      }
    >
      {query.isPending ? (
        <Skeleton what={what} rows={skeletonRows} columns={columns} />
      ) : query.isError && rows.length === 0 ? (
        <Failed
          error={query.error}
          title={`The ${what} cannot be read`}
          stillTrue={stillTrue}
          onRetry={() => void query.refetch()}
        />
      ) : rows.length === 0 ? (
        empty
      ) : (
        <DataTable
          {...table}
          label={label}
          columns={columns}
          rows={rows}
          total={total}
          onEnd={more}
        />
      )}
    </Panel>
  );
}
