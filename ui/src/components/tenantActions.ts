// What can be done with a tenant now; mirrors the lock, the API has the last word.
import type { Job, TenantRow } from "~/api/types";
import { jobTitle } from "./words";

type Held = {
  tenant_id: string;
  open_job?: Pick<Job, "kind"> | TenantRow["open_job"] | undefined;
};

/** Why a tenant cannot be moved now. */
export function moveOff(row: Held, lacks: string | undefined): string | undefined {
  if (lacks) return lacks;
  const open = row.open_job;
  if (open) {
    const title = jobTitle({ kind: open.kind, tenant_id: row.tenant_id });
    return `${title} holds tenant/${row.tenant_id}.`;
  }
  return undefined;
}
