// Who may sign in: every account the Gateway keeps, with what each may do.
import { useInfiniteQuery } from "@tanstack/react-query";
import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { usersQuery } from "~/api/govern/queries";
import { type FilterDef, ListFilters } from "~/components/ListFilters";
import { ListPanel, useRows } from "~/components/ListPanel";
import { ReadAt } from "~/components/ReadAt";
import { sortOf, sortText } from "~/components/sort";
import { USER_STATES, userLook } from "~/components/words";
import { Drafts } from "~/dialogs/govern/Drafts";
import { openGovern } from "~/dialogs/host";
import { useMayNowhere } from "~/session/reach";
import { Button, buttonClass } from "~/ui/Button";
import { EmptyState } from "~/ui/EmptyState";
import { PageHead } from "~/ui/PageHead";
import { int } from "~/util/format";
import { oneOf } from "~/util/search";
import { userColumns } from "./columns";

const route = getRouteApi("/console/users");
const USUAL = "username";

type FilterId = "q" | "state" | "role" | "tenant";
const filters: readonly FilterDef<FilterId>[] = [
  { id: "q", label: "Name", operator: "has" },
  {
    id: "state",
    label: "State",
    operator: "is",
    options: USER_STATES.map((state) => ({ value: state, label: userLook(state).word })),
  },
  { id: "role", label: "Role", operator: "is" },
  { id: "tenant", label: "Tenant", operator: "is" },
];

export function UsersPage() {
  const { sort, ...search } = route.useLoaderDeps();
  const navigate = useNavigate();
  const off = useMayNowhere("control.iam.write");
  const [activeId, setActiveId] = useState<string>();
  const query = useInfiniteQuery(
    usersQuery({
      q: search.q,
      role: search.role,
      tenant_id: search.tenant,
      state: oneOf(search.state, USER_STATES),
      sort,
    }),
  );
  const { total } = useRows(query);
  const filtered = Object.values(search).some(Boolean);
  return (
    <>
      <PageHead title="Users" sub={total !== undefined && int(total)}>
        <ReadAt
          at={query.dataUpdatedAt}
          busy={query.isFetching}
          onAgain={() => void query.refetch()}
        />
        <Button icon="plus" data-chord="n" off={off} onClick={() => openGovern({ of: "user" })}>
          New user…
        </Button>
      </PageHead>
      <Drafts of="user " />
      <ListFilters
        defs={filters}
        values={search}
        onChange={(next) => void navigate({ to: "/users", search: { ...next, sort } })}
        matches={filtered && total !== undefined ? `${int(total)} match` : undefined}
      />
      <ListPanel
        label="Users"
        what="users"
        query={query}
        columns={userColumns}
        rowId={(user) => user.sub}
        stillTrue="Nobody is signed out by this; only the list is missing."
        sort={sortOf(sort, USUAL)}
        onSort={(next) =>
          void navigate({ to: "/users", search: { ...search, sort: sortText(next, USUAL) } })
        }
        activeId={activeId}
        onActive={(user) => setActiveId(user.sub)}
        onOpen={(user) => void navigate({ to: "/users/$sub", params: { sub: user.sub } })}
        keys={{
          e: (user) => !off && openGovern({ of: "user", user }),
          ".": (user) => openMenu(user.username),
          c: (user) => void navigator.clipboard.writeText(user.sub),
        }}
        empty={
          filtered ? (
            <EmptyState
              title="No user matches"
              actions={
                <Link to="/users" search={{}} className={buttonClass({ variant: "primary" })}>
                  Clear the filters
                </Link>
              }
            >
              Other users are hidden by the filters above.
            </EmptyState>
          ) : (
            <EmptyState
              title="You see no user"
              command={'curl "$CONTROL/admin/v1/iam/users" -H "Authorization: Bearer $TOKEN"'}
            >
              Operators are accounts of the Gateway. Whoever may read users of one tenant only sees
              those that are bound to it. The same list for a script:
            </EmptyState>
          )
        }
      />
    </>
  );
}

function openMenu(name: string): void {
  document
    .querySelector<HTMLElement>(`[aria-label=${JSON.stringify(`Actions for ${name}`)}]`)
    ?.click();
}
