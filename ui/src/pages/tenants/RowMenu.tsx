// What can be done with one tenant; what cannot stays, with the reason.
import { useNavigate } from "@tanstack/react-router";
import type { TenantRow } from "~/api/types";
import { moveOff } from "~/components/tenantActions";
import { openMigrate } from "~/dialogs/host";
import { LazyMenu } from "~/ui/LazyMenu";

export function RowMenu({ row, lacks }: { row: TenantRow; lacks: string | undefined }) {
  const navigate = useNavigate();
  return (
    <LazyMenu
      label={`Actions for ${row.tenant_id}`}
      button={{
        variant: "quiet",
        size: "s",
        square: true,
        icon: "more",
        "aria-label": `Actions for ${row.tenant_id}`,
      }}
      items={[
        {
          id: "migrate",
          label: "Migrate…",
          icon: "move",
          chord: "m",
          off: moveOff(row, lacks),
          onSelect: () => openMigrate(row.tenant_id),
        },
        { id: "line", separator: true },
        {
          id: "jobs",
          label: "Its jobs",
          icon: "jobs",
          onSelect: () => void navigate({ to: "/jobs", search: { tenant: row.tenant_id } }),
        },
        {
          id: "investigate",
          label: "Investigate",
          icon: "investigate",
          chord: "i",
          onSelect: () => void navigate({ to: "/investigate", search: { id: row.tenant_id } }),
        },
        {
          id: "copy",
          label: "Copy tenant id",
          icon: "copy",
          chord: "c",
          onSelect: () => void navigator.clipboard.writeText(row.tenant_id),
        },
      ]}
    />
  );
}
