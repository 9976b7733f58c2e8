// The columns of the sessions list.
import { Link } from "@tanstack/react-router";
import type { GatewaySession } from "~/api/govern/types";
import { SessionStatus } from "~/components/states";
import { openGovern } from "~/dialogs/host";
import { useMayNot } from "~/session/reach";
import { useSession } from "~/session/session";
import { Button } from "~/ui/Button";
import { IdChip } from "~/ui/IdChip";
import { Time, TimeCell } from "~/ui/Time";
import type { Column } from "~/ui/tableTypes";

const dash = <span className="t3">—</span>;

/** Why a session cannot be revoked, or undefined. */
export function useRevokeOff(session: GatewaySession): string | undefined {
  const lacks = useMayNot("control.iam.write", session.tenant_id);
  if (session.state === "revoked") return "It is revoked already.";
  if (session.state === "expired") return "Its time is over.";
  return lacks;
}

function Revoke({ session }: { session: GatewaySession }) {
  const off = useRevokeOff(session);
  return (
    <Button
      size="s"
      off={off}
      aria-label={`Revoke session ${session.session_id}`}
      onClick={() => openGovern({ of: "session-revoke", session })}
    >
      Revoke…
    </Button>
  );
}

function Session({ session }: { session: GatewaySession }) {
  const own = useSession()?.principal.session_id === session.session_id;
  return (
    <>
      <IdChip
        id={session.session_id}
        noun="session id"
        link={(text) => (
          <Link to="/sessions/$session_id" params={{ session_id: session.session_id }}>
            {text}
          </Link>
        )}
      />
      {own && <span className="t3 fs12"> yours</span>}
    </>
  );
}

export const sessionColumns: Column<GatewaySession>[] = [
  {
    id: "session",
    head: "Session",
    width: 180,
    cell: (session) => <Session session={session} />,
  },
  {
    id: "user",
    head: "User",
    width: 132,
    cell: (session) => (
      <Link to="/users/$sub" params={{ sub: session.sub }} className="strong">
        {session.username}
      </Link>
    ),
  },
  {
    id: "state",
    head: "State",
    width: 92,
    cell: (session) => <SessionStatus state={session.state} />,
  },
  {
    id: "tenant",
    head: "Tenant",
    width: 84,
    cell: (session) => session.tenant_id ?? <span className="t3">all</span>,
  },
  {
    id: "created_at",
    sortable: true,
    head: "Signed in",
    width: 172,
    cell: (session) => (
      <span className="t2">
        <Time at={session.created_at} />
      </span>
    ),
  },
  {
    id: "expires_at",
    sortable: true,
    head: "Ends",
    width: 250,
    num: true,
    cell: (session) => (
      <span className="t2">
        {session.state === "active" ? (
          <Time at={session.expires_at} relative />
        ) : (
          <TimeCell at={session.revoked_at ?? session.expires_at} />
        )}
      </span>
    ),
  },
  {
    id: "because",
    head: "Revoked by, because",
    cell: (session) =>
      session.revoked_by ? (
        <span className="t2" title={session.revoked_because ?? undefined}>
          {session.revoked_by === session.sub
            ? "signed out"
            : [session.revoked_by, session.revoked_because].filter(Boolean).join(" · ")}
        </span>
      ) : (
        dash
      ),
  },
  {
    id: "actions",
    head: "Actions",
    width: 98,
    num: true,
    quiet: true,
    cell: (session) => <Revoke session={session} />,
  },
];
