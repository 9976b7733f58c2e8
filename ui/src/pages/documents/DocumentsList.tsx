// The documents of one space, whichever: configuration of the platform or of a tenant, definitions.
import { useInfiniteQuery } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { documentsQuery } from "~/api/govern/queries";
import type { DocumentSummary, Space } from "~/api/govern/types";
import { type FilterDef, ListFilters } from "~/components/ListFilters";
import { ListPanel, useRows } from "~/components/ListPanel";
import { ReadAt } from "~/components/ReadAt";
import { sortOf, sortText } from "~/components/sort";
import { spaceArea, spaceTenant } from "~/components/spaces";
import { Who } from "~/components/Who";
import { aboutDocument } from "~/dialogs/govern/asks";
import { Drafts } from "~/dialogs/govern/Drafts";
import { openGovern } from "~/dialogs/host";
import { useMayNot } from "~/session/reach";
import { Button } from "~/ui/Button";
import { PageHead } from "~/ui/PageHead";
import { TimeCell } from "~/ui/Time";
import type { Column } from "~/ui/tableTypes";
import { int } from "~/util/format";

const USUAL = "name";
const filters: readonly FilterDef<"q">[] = [{ id: "q", label: "Document", operator: "has" }];

/** Leads to a document of this space. */
export type LinkTo = (name: string, text: ReactNode) => ReactNode;

const columnsOf = (linkTo: LinkTo): Column<DocumentSummary>[] => [
  {
    id: "name",
    sortable: true,
    head: "Document",
    width: 220,
    cell: (row) => linkTo(row.name, row.name),
  },
  {
    id: "description",
    head: "What it is for",
    cell: (row) => (
      <span className="t2" title={row.description}>
        {row.description || "—"}
      </span>
    ),
  },
  {
    id: "version",
    head: "Version",
    width: 72,
    num: true,
    cell: (row) => <span className="mono">{row.version}</span>,
  },
  {
    id: "size",
    head: "Bytes",
    width: 72,
    num: true,
    cell: (row) => int(row.size_bytes),
  },
  {
    id: "by",
    head: "By",
    width: 120,
    cell: (row) => <Who sub={row.updated_by} />,
  },
  {
    id: "reason",
    head: "Because",
    width: 200,
    cell: (row) =>
      row.reason ? (
        <span className="t2" title={row.reason}>
          {row.reason}
        </span>
      ) : (
        <span className="t3">—</span>
      ),
  },
  {
    id: "updated_at",
    sortable: true,
    head: "Last change",
    width: 180,
    num: true,
    cell: (row) => (
      <span className="t2">
        <TimeCell at={row.updated_at} />
      </span>
    ),
  },
];

export function DocumentsList({
  title,
  space,
  q,
  sort,
  onSearch,
  onOpen,
  linkTo,
  choose,
  empty,
}: {
  title: string;
  space: Space;
  q: string | undefined;
  sort: string | undefined;
  onSearch: (next: { q?: string | undefined; sort?: string | undefined }) => void;
  onOpen: (name: string) => void;
  linkTo: LinkTo;
  /** What chooses the space. */
  choose: ReactNode;
  /** Says what would be here, when nothing is and nothing is filtered. */
  empty: ReactNode;
}) {
  const off = useMayNot(`control.${spaceArea(space)}.write`, spaceTenant(space));
  const [activeId, setActiveId] = useState<string>();
  const query = useInfiniteQuery(documentsQuery(space, { q, sort }));
  const { total } = useRows(query);
  return (
    <>
      <PageHead title={title} sub={total !== undefined && int(total)}>
        <ReadAt
          at={query.dataUpdatedAt}
          busy={query.isFetching}
          onAgain={() => void query.refetch()}
        />
        <Button
          icon="plus"
          data-chord="n"
          off={off}
          onClick={() => openGovern({ of: "document", space })}
        >
          New document…
        </Button>
      </PageHead>
      <Drafts of={aboutDocument(space)} />
      <ListFilters
        defs={filters}
        values={{ q }}
        onChange={(next) => onSearch({ q: next.q, sort })}
        matches={q && total !== undefined ? `${int(total)} match` : undefined}
      >
        {choose}
      </ListFilters>
      <ListPanel
        label={title}
        what="documents"
        query={query}
        columns={columnsOf(linkTo)}
        rowId={(row) => row.name}
        stillTrue="What is in force stays so; only the list is missing."
        sort={sortOf(sort, USUAL)}
        onSort={(next) => onSearch({ q, sort: sortText(next, USUAL) })}
        activeId={activeId}
        onActive={(row) => setActiveId(row.name)}
        onOpen={(row) => onOpen(row.name)}
        keys={{ c: (row) => void navigator.clipboard.writeText(row.name) }}
        empty={empty}
      />
    </>
  );
}
