// One session: whose, since when, how it ended; what was done in it is in the audit log.
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { isApiError } from "~/api/client";
import { gatewaySessionQuery } from "~/api/govern/queries";
import type { GatewaySession } from "~/api/govern/types";
import { Fact, Facts, IdLine } from "~/components/Facts";
import { Failed } from "~/components/problem";
import { ReadAt } from "~/components/ReadAt";
import { SessionStatus } from "~/components/states";
import { usePageTitle } from "~/components/title";
import { Drafts } from "~/dialogs/govern/Drafts";
import { openGovern } from "~/dialogs/host";
import { useSession } from "~/session/session";
import { Banner } from "~/ui/Banner";
import { Button } from "~/ui/Button";
import { IdChip } from "~/ui/IdChip";
import { PageHead } from "~/ui/PageHead";
import { Panel } from "~/ui/Panel";
import { Skeleton } from "~/ui/Skeleton";
import { Time } from "~/ui/Time";
import { shortId } from "~/util/format";
import { ChangesOf } from "../ChangesOf";
import split from "../Split.module.css";
import { useRevokeOff } from "./columns";

const route = getRouteApi("/console/sessions/$session_id");

export function SessionPage() {
  const { session_id } = route.useParams();
  const query = useQuery(gatewaySessionQuery(session_id));
  const session = query.data;
  usePageTitle(session ? `Session of ${session.username}` : shortId(session_id));
  if (!session) {
    const unknown = isApiError(query.error) && query.error.status === 404;
    return (
      <>
        <PageHead title={shortId(session_id)} sub="session" />
        <Panel fill label="Session">
          {query.isError ? (
            <Failed
              error={query.error}
              title={unknown ? "No session has this id" : "This session cannot be read"}
              stillTrue={unknown ? "The Gateway forgets a session a day after its end." : undefined}
              onRetry={() => void query.refetch()}
            />
          ) : (
            <Skeleton
              what="the session"
              columns={["User", "State", "Signed in", "Ends"].map((head) => ({ head }))}
            />
          )}
        </Panel>
      </>
    );
  }
  return (
    <>
      <Head session={session}>
        <ReadAt
          at={query.dataUpdatedAt}
          busy={query.isFetching}
          onAgain={() => void query.refetch()}
        />
      </Head>
      <Drafts of={`session ${session_id}`} />
      <SessionFacts session={session} />
      <IdLine>
        <span>
          Session <IdChip id={session_id} noun="session id" />
        </span>
        <span>
          Subject <IdChip id={session.sub} noun="subject" />
        </span>
        <span className="grow" />
        <Link to="/audit" search={{ actor: session.sub }} className="link">
          What they did
        </Link>
      </IdLine>
      <Ended session={session} />
      <ChangesOf
        resource={`sessions/${encodeURIComponent(session_id)}`}
        what="this session"
        area="iam.sessions"
      />
    </>
  );
}

function Head({ session, children }: { session: GatewaySession; children: React.ReactNode }) {
  const off = useRevokeOff(session);
  const own = useSession()?.principal.session_id === session.session_id;
  return (
    <PageHead
      title={`Session of ${session.username}`}
      sub={own ? "this is yours" : undefined}
      status={<SessionStatus state={session.state} pill />}
    >
      {off && <span className="t3 fs12">{off}</span>}
      {children}
      <Button
        icon="signOut"
        off={off}
        onClick={() => openGovern({ of: "session-revoke", session })}
      >
        Revoke…
      </Button>
    </PageHead>
  );
}

function SessionFacts({ session }: { session: GatewaySession }) {
  return (
    <Facts>
      <Fact name="User">
        <Link to="/users/$sub" params={{ sub: session.sub }} className="link">
          {session.username}
        </Link>
      </Fact>
      <Fact name="Tenant">{session.tenant_id ?? "not bound to one"}</Fact>
      <Fact name="Signed in">
        <Time at={session.created_at} relative />
      </Fact>
      <Fact name={session.state === "active" ? "Ends" : "Would have ended"}>
        <Time at={session.expires_at} relative />
      </Fact>
      <Fact name="Revoked">
        {session.revoked_at ? (
          <Time at={session.revoked_at} relative />
        ) : (
          <span className="t3">no</span>
        )}
      </Fact>
    </Facts>
  );
}

function Ended({ session }: { session: GatewaySession }) {
  if (session.state !== "revoked") return null;
  const self = session.revoked_by === session.sub;
  return (
    <div className={split.banner}>
      <Banner icon="denied" title={self ? "They signed out." : `${session.revoked_by} revoked it.`}>
        {session.revoked_because ?? "No reason is kept."}
      </Banner>
    </div>
  );
}
