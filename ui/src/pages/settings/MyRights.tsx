// What one may do, and through what: the Gateway says which role brings each right, or that it is
// one's own.
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { permissionsQuery } from "~/api/govern/queries";
import type { Session } from "~/api/types";
import { RightsTable } from "~/components/RightsTable";
import { reachOf } from "~/session/reach";
import { EmptyState } from "~/ui/EmptyState";
import { Panel } from "~/ui/Panel";
import { count } from "~/util/format";
import css from "./SettingsPage.module.css";

export function MyRights({ session }: { session: Session }) {
  const { rights, grants } = session;
  // What a right lets one do is the Gateway's to tell, to who may read it.
  const mayRead = reachOf(session, "control.iam.read").length > 0;
  const permissions = useQuery({ ...permissionsQuery, enabled: mayRead });
  const why = (right: string) => {
    const through = grants.filter((grant) => grant.right === right);
    if (through.length === 0) return <span className="t3">not told</span>;
    return through.map(({ role }, index) => (
      <span key={role ?? ""}>
        {index > 0 && ", "}
        {role ? (
          <Link to="/roles/$role" params={{ role }} className="link">
            {role}
          </Link>
        ) : (
          "your own"
        )}
      </span>
    ));
  };
  return (
    <Panel title="Your rights, and why" count={count(rights.length, "right")}>
      {rights.length === 0 ? (
        <EmptyState title="You may do nothing here">
          You are signed in, and the Gateway gives you no right in this control plane. Ask somebody
          with control.iam.write for a role.
        </EmptyState>
      ) : (
        <div className={css.rights}>
          <RightsTable
            tight
            label="Your rights"
            rights={rights}
            permissions={permissions.data}
            why={why}
          />
        </div>
      )}
    </Panel>
  );
}
