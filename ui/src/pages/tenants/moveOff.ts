// Whether a tenant can be moved now; mirrors the lock, the API has the last word.
import type { TenantRow } from "~/api/types";
import { jobTitle } from "~/components/words";

/** Why a tenant cannot be moved now. */
export function moveOff(row: TenantRow, lacks: string | undefined): string | undefined {
  if (lacks) return lacks;
  const open = row.open_job;
  if (open)
    return `${jobTitle({ ...open, tenant_id: row.tenant_id })} holds tenant/${row.tenant_id}.`;
  return undefined;
}
