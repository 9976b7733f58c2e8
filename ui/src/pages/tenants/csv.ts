// The tenants on screen as CSV (RFC 4180). A cell never begins as a formula would.
import { SERVICE_KINDS, type TenantRow } from "~/api/types";

function cell(value: unknown): string {
  const text = value === null || value === undefined ? "" : String(value);
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

export function csv(head: readonly string[], rows: readonly (readonly unknown[])[]): string {
  return [head, ...rows].map((row) => row.map(cell).join(",")).join("\r\n");
}

export function tenantsCsv(rows: readonly TenantRow[]): string {
  const places = SERVICE_KINDS.flatMap((kind) => [`${kind}_shard`, `${kind}_epoch`]);
  return csv(
    ["tenant_id", "state", ...places, "open_job"],
    rows.map((row) => [
      row.tenant_id,
      row.state,
      ...SERVICE_KINDS.flatMap((kind) => [row.placement[kind]?.shard, row.placement[kind]?.epoch]),
      row.open_job?.job_id,
    ]),
  );
}
