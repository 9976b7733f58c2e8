// One role: what it brings, by area, and who has it.
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import { isApiError } from "~/api/client";
import { permissionsQuery, roleQuery, usersQuery } from "~/api/govern/queries";
import type { Role } from "~/api/govern/types";
import { Fact, Facts } from "~/components/Facts";
import { ListPanel } from "~/components/ListPanel";
import { Failed } from "~/components/problem";
import { ReadAt } from "~/components/ReadAt";
import { RightsTable } from "~/components/RightsTable";
import { usePageTitle } from "~/components/title";
import { Who } from "~/components/Who";
import { Drafts } from "~/dialogs/govern/Drafts";
import { openGovern } from "~/dialogs/host";
import { useMayNot } from "~/session/reach";
import { Button } from "~/ui/Button";
import { EmptyState } from "~/ui/EmptyState";
import { PageHead } from "~/ui/PageHead";
import { Panel } from "~/ui/Panel";
import { Skeleton } from "~/ui/Skeleton";
import { Time } from "~/ui/Time";
import { count } from "~/util/format";
import { ChangesOf } from "../ChangesOf";
import split from "../Split.module.css";
import { userColumns } from "../users/columns";
import { removeOff } from "./columns";

const route = getRouteApi("/console/roles/$role");

export function RolePage() {
  const { role: name } = route.useParams();
  const query = useQuery(roleQuery(name));
  const permissions = useQuery(permissionsQuery);
  const role = query.data;
  usePageTitle(name);
  if (!role) {
    const unknown = isApiError(query.error) && query.error.status === 404;
    return (
      <>
        <PageHead title={name} sub="role" />
        <Drafts of={`role ${name}`} />
        <Panel fill label="Role">
          {query.isError ? (
            <Failed
              error={query.error}
              title={unknown ? "No role has this name" : "This role cannot be read"}
              onRetry={() => void query.refetch()}
            />
          ) : (
            <Skeleton
              what="the role"
              columns={["Right", "What it lets one do", "For"].map((head) => ({ head }))}
            />
          )}
        </Panel>
      </>
    );
  }
  return (
    <>
      <Head role={role}>
        <ReadAt
          at={query.dataUpdatedAt}
          busy={query.isFetching}
          onAgain={() => void query.refetch()}
        />
      </Head>
      <Drafts of={`role ${name}`} />
      <Facts>
        <Fact name="What it is for">{role.description || <span className="t3">—</span>}</Fact>
        <Fact name="Users">{count(role.users, "user")}</Fact>
        <Fact name="From">{role.builtin ? "the Gateway" : "an operator"}</Fact>
        <Fact name="Last change">
          <Time at={role.updated_at} /> <span className="t3">by</span> <Who sub={role.updated_by} />
        </Fact>
        <Fact name="Version">
          <span className="mono">{role.version}</span>
        </Fact>
      </Facts>
      <div className={split.gap} />
      <div className={split.columns}>
        <Panel fill title="Rights it brings" count={count(role.rights.length, "right")}>
          {role.rights.length === 0 ? (
            <EmptyState title="It brings no right">
              Whoever has it gains nothing by it yet. Give it rights by Edit.
            </EmptyState>
          ) : (
            <RightsTable
              label="Rights it brings"
              rights={role.rights}
              permissions={permissions.data}
            />
          )}
        </Panel>
        <div className={split.side}>
          <Holders role={role.role} />
          <ChangesOf resource={`roles/${role.role}`} what="this role" area="iam.roles" />
        </div>
      </div>
    </>
  );
}

function Head({ role, children }: { role: Role; children: React.ReactNode }) {
  const lacks = useMayNot("control.iam.write", undefined);
  const noRemove = removeOff(role, lacks);
  return (
    <PageHead title={role.role} sub="role">
      {noRemove && <span className="t3 fs12">{lacks ?? `Remove is off. ${noRemove}`}</span>}
      {children}
      <Button
        icon="config"
        data-chord="e"
        off={lacks}
        onClick={() => openGovern({ of: "role", role })}
      >
        Edit…
      </Button>
      <Button icon="close" off={noRemove} onClick={() => openGovern({ of: "role-remove", role })}>
        Remove…
      </Button>
    </PageHead>
  );
}

function Holders({ role }: { role: string }) {
  const navigate = useNavigate();
  const query = useInfiniteQuery(usersQuery({ role }));
  return (
    <ListPanel
      title="Who has it"
      label={`Users with ${role}`}
      what="users"
      query={query}
      skeletonRows={4}
      columns={userColumns.filter(({ id }) => ["username", "display_name", "state"].includes(id))}
      rowId={(user) => user.sub}
      onOpen={({ sub }) => void navigate({ to: "/users/$sub", params: { sub } })}
      end={
        <Link to="/users" search={{ role }} className="link">
          In Users
        </Link>
      }
      empty={
        <EmptyState title="Nobody has it">Give it to somebody on their page, by Edit.</EmptyState>
      }
    />
  );
}
