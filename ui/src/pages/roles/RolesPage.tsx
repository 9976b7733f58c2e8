// Roles, each a name for some rights; and every right there is, with what it lets one do.
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { permissionsQuery, rolesQuery } from "~/api/govern/queries";
import { type FilterDef, ListFilters } from "~/components/ListFilters";
import { ListPanel, useRows } from "~/components/ListPanel";
import { ReadAt } from "~/components/ReadAt";
import { sortOf, sortText } from "~/components/sort";
import { Drafts } from "~/dialogs/govern/Drafts";
import { openGovern } from "~/dialogs/host";
import { useMayNot } from "~/session/reach";
import { Button, buttonClass } from "~/ui/Button";
import { EmptyState } from "~/ui/EmptyState";
import { PageHead } from "~/ui/PageHead";
import { Segmented } from "~/ui/Segmented";
import { count, int } from "~/util/format";
import { roleColumns } from "./columns";
import { Permissions } from "./Permissions";

const route = getRouteApi("/console/roles");
const USUAL = "name";
const filters: readonly FilterDef<"q">[] = [{ id: "q", label: "Role", operator: "has" }];

export function RolesPage() {
  const { sort, view, ...search } = route.useLoaderDeps();
  const navigate = useNavigate();
  const off = useMayNot("control.iam.write", undefined);
  const [activeId, setActiveId] = useState<string>();
  const query = useInfiniteQuery(rolesQuery({ ...search, sort }));
  const permissions = useQuery(permissionsQuery);
  const { total } = useRows(query);
  const shows = view === "permissions" ? "permissions" : "roles";
  const filtered = Boolean(search.q);
  const read = shows === "roles" ? query : permissions;
  return (
    <>
      <PageHead
        title="Roles & Permissions"
        sub={
          total !== undefined &&
          permissions.data &&
          `${count(total, "role")}, ${count(permissions.data.length, "permission")}`
        }
      >
        <ReadAt
          at={read.dataUpdatedAt}
          busy={read.isFetching}
          onAgain={() => void read.refetch()}
        />
        <Button icon="plus" data-chord="n" off={off} onClick={() => openGovern({ of: "role" })}>
          New role…
        </Button>
      </PageHead>
      <Drafts of="role " />
      <ListFilters
        defs={shows === "roles" ? filters : []}
        values={search}
        onChange={(next) => void navigate({ to: "/roles", search: { ...next, view, sort } })}
        matches={filtered && total !== undefined ? `${int(total)} match` : undefined}
      >
        <Segmented
          label="Show"
          value={shows}
          options={[
            { value: "roles", label: "Roles" },
            { value: "permissions", label: "Permissions" },
          ]}
          onChange={(next) =>
            void navigate({
              to: "/roles",
              search: { ...search, sort, view: next === "roles" ? undefined : next },
            })
          }
        />
      </ListFilters>
      {shows === "permissions" ? (
        <Permissions />
      ) : (
        <ListPanel
          label="Roles"
          what="roles"
          query={query}
          columns={roleColumns}
          rowId={(role) => role.role}
          stillTrue="What everybody may do stays as it is; only the list is missing."
          sort={sortOf(sort, USUAL)}
          onSort={(next) =>
            void navigate({ to: "/roles", search: { ...search, sort: sortText(next, USUAL) } })
          }
          activeId={activeId}
          onActive={(role) => setActiveId(role.role)}
          onOpen={(role) => void navigate({ to: "/roles/$role", params: { role: role.role } })}
          keys={{
            e: (role) => !off && openGovern({ of: "role", role }),
            c: (role) => void navigator.clipboard.writeText(role.role),
          }}
          empty={
            <EmptyState
              title={filtered ? "No role matches" : "There is no role"}
              actions={
                filtered && (
                  <Link to="/roles" search={{}} className={buttonClass({ variant: "primary" })}>
                    Clear the filters
                  </Link>
                )
              }
            >
              {filtered
                ? "Other roles are hidden by the filter above."
                : "A role is a name for some rights. Whoever has it holds them, and loses them with it."}
            </EmptyState>
          }
        />
      )}
    </>
  );
}
