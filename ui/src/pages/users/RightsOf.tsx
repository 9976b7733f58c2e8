// What somebody may do, by area, and why: which role brings it, or that it is their own.
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { allRolesQuery, permissionsQuery } from "~/api/govern/queries";
import type { User } from "~/api/govern/types";
import { RightsTable } from "~/components/RightsTable";
import { whyHeld } from "~/components/rights";
import { Measured } from "~/components/states";
import { EmptyState } from "~/ui/EmptyState";
import { Panel } from "~/ui/Panel";
import { count } from "~/util/format";

export function RightsOf({ user }: { user: User }) {
  const roles = useQuery(allRolesQuery);
  const permissions = useQuery(permissionsQuery);
  const why = (right: string) => {
    if (!roles.data) return <Measured value={null} because="The roles cannot be read." />;
    const held = whyHeld(right, user, roles.data);
    return (
      <>
        {held.roles.map((role, index) => (
          <span key={role}>
            {index > 0 && ", "}
            <Link to="/roles/$role" params={{ role }} className="link">
              {role}
            </Link>
          </span>
        ))}
        {held.own && (held.roles.length > 0 ? " and their own" : "their own")}
      </>
    );
  };
  return (
    <Panel
      fill
      title="Effective rights"
      count={count(user.effective_rights.length, "right")}
      end={user.state === "disabled" ? "none of them now: the user is disabled" : undefined}
    >
      {user.effective_rights.length === 0 ? (
        <EmptyState title={`${user.username} may do nothing`}>
          They can sign in and see nothing. Give them a role, or rights of their own, by Edit.
        </EmptyState>
      ) : (
        <RightsTable
          label="Effective rights"
          rights={user.effective_rights}
          permissions={permissions.data}
          why={why}
        />
      )}
    </Panel>
  );
}
