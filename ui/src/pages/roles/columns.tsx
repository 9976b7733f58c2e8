// The columns of the roles list.
import { Link } from "@tanstack/react-router";
import type { Role } from "~/api/govern/types";
import { Who } from "~/components/Who";
import { openGovern } from "~/dialogs/host";
import { useMayNot } from "~/session/reach";
import { LazyMenu } from "~/ui/LazyMenu";
import { TimeCell } from "~/ui/Time";
import type { Column } from "~/ui/tableTypes";
import { count, int } from "~/util/format";

/** Why a role cannot be removed, or undefined. */
export function removeOff(role: Role, lacks: string | undefined): string | undefined {
  if (role.builtin) return "It came with the Gateway and stays.";
  if (role.users > 0) {
    return `${count(role.users, "user")} ${role.users === 1 ? "has" : "have"} it.`;
  }
  return lacks;
}

function RoleMenu({ role }: { role: Role }) {
  const lacks = useMayNot("control.iam.write", undefined);
  const label = `Actions for ${role.role}`;
  return (
    <LazyMenu
      label={label}
      button={{ variant: "quiet", size: "s", square: true, icon: "more", "aria-label": label }}
      items={[
        {
          id: "edit",
          label: "Edit…",
          icon: "config",
          chord: "e",
          off: lacks,
          onSelect: () => openGovern({ of: "role", role }),
        },
        {
          id: "remove",
          label: "Remove…",
          icon: "close",
          off: removeOff(role, lacks),
          onSelect: () => openGovern({ of: "role-remove", role }),
        },
      ]}
    />
  );
}

export const roleColumns: Column<Role>[] = [
  {
    id: "name",
    sortable: true,
    head: "Role",
    width: 168,
    cell: (role) => (
      <Link to="/roles/$role" params={{ role: role.role }} className="strong">
        {role.role}
      </Link>
    ),
  },
  {
    id: "description",
    head: "What it is for",
    cell: (role) => (
      <span className="t2" title={role.description}>
        {role.description || "—"}
      </span>
    ),
  },
  {
    id: "rights",
    head: "Rights",
    width: 72,
    num: true,
    cell: (role) =>
      role.rights.includes("control.*") ? (
        <span title="control.*: everything there is">every</span>
      ) : (
        int(role.rights.length)
      ),
  },
  {
    id: "users",
    head: "Users",
    width: 72,
    num: true,
    cell: (role) => (
      <Link to="/users" search={{ role: role.role }}>
        {int(role.users)}
      </Link>
    ),
  },
  {
    id: "builtin",
    head: "From",
    width: 120,
    cell: (role) => <Who sub={role.builtin ? null : role.updated_by} />,
  },
  {
    id: "updated_at",
    sortable: true,
    head: "Last change",
    width: 180,
    num: true,
    cell: (role) => (
      <span className="t2">
        <TimeCell at={role.updated_at} />
      </span>
    ),
  },
  {
    id: "actions",
    head: "Actions",
    width: 48,
    num: true,
    quiet: true,
    cell: (role) => <RoleMenu role={role} />,
  },
];
