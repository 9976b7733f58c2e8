// One user: facts, what they may do and why, their sessions, and what was done to their account.
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import { isApiError } from "~/api/client";
import { sessionsQuery, userQuery } from "~/api/govern/queries";
import type { User } from "~/api/govern/types";
import { Fact, Facts, IdLine } from "~/components/Facts";
import { ListPanel } from "~/components/ListPanel";
import { Failed } from "~/components/problem";
import { ReadAt } from "~/components/ReadAt";
import { UserStatus } from "~/components/states";
import { usePageTitle } from "~/components/title";
import { Who } from "~/components/Who";
import { Drafts } from "~/dialogs/govern/Drafts";
import { openGovern } from "~/dialogs/host";
import { Button } from "~/ui/Button";
import { EmptyState } from "~/ui/EmptyState";
import { IdChip } from "~/ui/IdChip";
import { LazyMenu } from "~/ui/LazyMenu";
import { PageHead } from "~/ui/PageHead";
import { Panel } from "~/ui/Panel";
import { Skeleton } from "~/ui/Skeleton";
import { Time, TimeRecent } from "~/ui/Time";
import { ChangesOf } from "../ChangesOf";
import split from "../Split.module.css";
import { sessionColumns } from "../sessions/columns";
import { RightsOf } from "./RightsOf";
import { useUserActions } from "./userActions";

const route = getRouteApi("/console/users/$sub");

export function UserPage() {
  const { sub } = route.useParams();
  const query = useQuery(userQuery(sub));
  const user = query.data;
  usePageTitle(user?.username ?? sub);
  if (!user) {
    const unknown = isApiError(query.error) && query.error.status === 404;
    return (
      <>
        <PageHead title={sub} sub="user" />
        <Drafts of={`user ${sub}`} />
        <Panel fill label="User">
          {query.isError ? (
            <Failed
              error={query.error}
              title={unknown ? "No user has this subject" : "This user cannot be read"}
              stillTrue={unknown ? "They may have been removed; the audit log says." : undefined}
              onRetry={() => void query.refetch()}
            />
          ) : (
            <Skeleton
              what="the user"
              columns={["Right", "Why", "What it lets one do"].map((head) => ({ head }))}
            />
          )}
        </Panel>
      </>
    );
  }
  return (
    <>
      <Head user={user}>
        <ReadAt
          at={query.dataUpdatedAt}
          busy={query.isFetching}
          onAgain={() => void query.refetch()}
        />
      </Head>
      <Drafts of={`user ${sub}`} />
      <UserFacts user={user} />
      <div className={split.columns}>
        <RightsOf user={user} />
        <div className={split.side}>
          <SessionsOf sub={user.sub} />
          <ChangesOf resource={`users/${user.sub}`} what="this account" area="iam.users" />
        </div>
      </div>
    </>
  );
}

function Head({ user, children }: { user: User; children: React.ReactNode }) {
  const { off, items } = useUserActions(user);
  return (
    <PageHead
      title={user.display_name}
      sub={<span className="mono">{user.username}</span>}
      status={<UserStatus state={user.state} pill />}
    >
      {off && <span className="t3 fs12">{off}</span>}
      {children}
      <Button
        icon="config"
        data-chord="e"
        off={off}
        onClick={() => openGovern({ of: "user", user })}
      >
        Edit…
      </Button>
      <LazyMenu
        label={`Actions for ${user.username}`}
        button={{ square: true, icon: "more", "aria-label": `Actions for ${user.username}` }}
        items={items}
      />
    </PageHead>
  );
}

function UserFacts({ user }: { user: User }) {
  return (
    <>
      <Facts>
        <Fact name="Roles">
          {user.roles.length === 0 ? (
            <span className="t3">none</span>
          ) : (
            user.roles.map((role, index) => (
              <span key={role}>
                {index > 0 && ", "}
                <Link to="/roles/$role" params={{ role }} className="link">
                  {role}
                </Link>
              </span>
            ))
          )}
        </Fact>
        <Fact name="Tenant">
          {user.tenant_id ? (
            <Link to="/tenants/$tenant_id" params={{ tenant_id: user.tenant_id }} className="link">
              {user.tenant_id}
            </Link>
          ) : (
            "not bound to one"
          )}
        </Fact>
        <Fact name="Last sign-in">
          {user.last_sign_in_at ? (
            <TimeRecent at={user.last_sign_in_at} />
          ) : (
            <span className="t3">never</span>
          )}
        </Fact>
        <Fact name="Last change">
          <Time at={user.updated_at} /> <span className="t3">by</span> <Who sub={user.updated_by} />
        </Fact>
        <Fact name="Made">
          <Time at={user.created_at} />
        </Fact>
        <Fact name="Version">
          <span className="mono">{user.version}</span>
        </Fact>
      </Facts>
      <IdLine>
        <span>
          Subject <IdChip id={user.sub} noun="subject" whole />
        </span>
        <span className="grow" />
        <Link to="/sessions" search={{ sub: user.sub }} className="link">
          All their sessions
        </Link>
        <Link to="/audit" search={{ actor: user.sub }} className="link">
          What they did
        </Link>
      </IdLine>
    </>
  );
}

/** Beside the rights there is room for a few. */
const widthsHere: Record<string, number> = { session: 168, state: 96, actions: 92 };
const columnsHere = sessionColumns
  .filter(({ id }) => id in widthsHere || id === "created_at")
  .map(({ width: _, sortable: __, ...column }) => {
    const width = widthsHere[column.id];
    return width === undefined ? column : { ...column, width };
  });

function SessionsOf({ sub }: { sub: string }) {
  const navigate = useNavigate();
  const query = useInfiniteQuery(sessionsQuery({ sub }));
  return (
    <ListPanel
      title="Sessions"
      label={`Sessions of ${sub}`}
      what="sessions"
      query={query}
      skeletonRows={4}
      columns={columnsHere}
      rowId={(session) => session.session_id}
      onOpen={({ session_id }) =>
        void navigate({ to: "/sessions/$session_id", params: { session_id } })
      }
      empty={
        <EmptyState title="No session is kept">
          Each sign-in is one. The Gateway keeps it until a day after its end.
        </EmptyState>
      }
    />
  );
}
