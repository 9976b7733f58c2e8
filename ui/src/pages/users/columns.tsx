// The columns of the users list.
import { Link } from "@tanstack/react-router";
import type { User } from "~/api/govern/types";
import { UserStatus } from "~/components/states";
import { TimeCell } from "~/ui/Time";
import type { Column } from "~/ui/tableTypes";
import { int } from "~/util/format";
import { UserMenu } from "./UserMenu";

const dash = <span className="t3">—</span>;

export const userColumns: Column<User>[] = [
  {
    id: "username",
    sortable: true,
    head: "User name",
    width: 150,
    cell: (user) => (
      <Link to="/users/$sub" params={{ sub: user.sub }} className="strong">
        {user.username}
      </Link>
    ),
  },
  {
    id: "display_name",
    sortable: true,
    head: "Display name",
    width: 176,
    cell: (user) => user.display_name,
  },
  { id: "state", head: "State", width: 100, cell: (user) => <UserStatus state={user.state} /> },
  {
    id: "roles",
    head: "Roles",
    cell: (user) =>
      user.roles.length === 0 ? (
        dash
      ) : (
        <span title={user.roles.join(", ")}>{user.roles.join(", ")}</span>
      ),
  },
  {
    id: "tenant",
    head: "Tenant",
    width: 112,
    cell: (user) =>
      user.tenant_id ? (
        <Link to="/tenants/$tenant_id" params={{ tenant_id: user.tenant_id }}>
          {user.tenant_id}
        </Link>
      ) : (
        <span className="t3">all</span>
      ),
  },
  {
    id: "rights",
    head: "Rights",
    width: 64,
    num: true,
    cell: (user) =>
      user.effective_rights.includes("control.*") ? (
        <span title="control.*: everything there is">every</span>
      ) : (
        int(user.effective_rights.length)
      ),
  },
  {
    id: "last_sign_in_at",
    sortable: true,
    head: "Last sign-in",
    width: 180,
    num: true,
    cell: (user) =>
      user.last_sign_in_at ? (
        <span className="t2">
          <TimeCell at={user.last_sign_in_at} />
        </span>
      ) : (
        <span className="t3">never</span>
      ),
  },
  {
    id: "actions",
    head: "Actions",
    width: 48,
    num: true,
    quiet: true,
    cell: (user) => <UserMenu user={user} />,
  },
];
