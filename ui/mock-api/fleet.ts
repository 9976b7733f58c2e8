// A fleet that is always the same: 16 shards and a few hundred tenants.
import type { ServiceKind, TenantRow, TenantState } from "~/api/types";
import type { Shard } from "./world";

const counts: Record<ServiceKind, { prefix: string; capacity: number; tenants: number[] }> = {
  aggregate: { prefix: "agg", capacity: 3_000, tenants: [2041, 1968, 2007, 212, 2102, 1918] },
  projection: { prefix: "prj", capacity: 2_500, tenants: [1688, 2061, 1742, 1655, 1423, 1679] },
  runner: { prefix: "run", capacity: 3_500, tenants: [2634, 2581, 2488, 2545] },
};

export function shardsOf(): Shard[] {
  return (Object.keys(counts) as ServiceKind[]).flatMap((kind) => {
    const { prefix, capacity, tenants } = counts[kind];
    return tenants.map((count, index): Shard => {
      const id = `${prefix}-0${index + 1}`;
      return {
        id,
        kind,
        tenants: count,
        capacity,
        state: id === "agg-04" ? "cordoned" : "active",
        ...(id === "run-03" ? { unknown: true } : {}),
      };
    });
  });
}

type Named = [
  string,
  string,
  number,
  string,
  number,
  string,
  number,
  TenantState,
  number | null,
  number,
  number,
];

/** The first screen, word for word as in the reference pictures. */
const named: Named[] = [
  ["nakatomi", "agg-04", 3, "prj-06", 3, "run-04", 2, "moving", 1, 38, 16],
  ["hooli", "agg-05", 6, "prj-04", 5, "run-02", 6, "draining", 3, 0, 38],
  ["acme", "agg-01", 11, "prj-02", 8, "run-01", 4, "moving", 0, 0, 42],
  ["globex", "agg-03", 5, "prj-01", 6, "run-03", 4, "draining", null, 0, 62],
  ["tyrell", "agg-06", 9, "prj-03", 3, "run-02", 6, "active", 2, 4, 94],
  ["octan", "agg-06", 6, "prj-01", 3, "run-04", 3, "active", 1, 0, 155],
  ["cogswell", "agg-02", 4, "prj-06", 2, "run-01", 2, "active", 0, 0, 213],
  ["spacely", "agg-06", 5, "prj-03", 4, "run-02", 3, "active", 7, 3, 264],
  ["vehement", "agg-02", 7, "prj-05", 3, "run-03", 3, "unknown", null, 0, 306],
  ["initech", "agg-03", 8, "prj-02", 5, "run-02", 3, "stuck", 0, 0, 1574],
  ["aperture", "agg-05", 4, "prj-01", 4, "run-01", 3, "active", 11, 9, 1605],
  ["black-mesa", "agg-06", 7, "prj-05", 5, "run-04", 3, "active", 4, 0, 1759],
  ["bluth", "agg-01", 2, "prj-03", 2, "run-02", 2, "active", 0, 0, 1916],
  ["cyberdyne", "agg-02", 5, "prj-02", 4, "run-01", 5, "active", 27, 412, 2074],
  ["duff", "agg-06", 3, "prj-06", 2, "run-04", 2, "active", 1, 0, 2141],
  ["umbrella", "agg-02", 6, "prj-04", 2, "run-03", 4, "unknown", null, 17, 2244],
  ["massive-dynamic", "agg-03", 3, "prj-03", 3, "run-03", 2, "unknown", null, 2, 2332],
  ["monarch", "agg-02", 4, "prj-01", 2, "run-04", 4, "active", 0, 0, 2487],
  ["oscorp", "agg-06", 8, "prj-05", 6, "run-01", 5, "active", 8, 2, 2586],
  ["pied-piper", "agg-01", 5, "prj-04", 3, "run-02", 3, "active", 19, 31, 2678],
  ["prestige", "agg-05", 2, "prj-02", 2, "run-04", 2, "active", 0, 0, 2835],
  ["soylent", "agg-03", 4, "prj-06", 4, "run-01", 3, "active", 5, 1, 2929],
  ["stark", "agg-02", 9, "prj-03", 7, "run-02", 8, "active", 44, 12, 3123],
];

const placed = (shard: string, epoch: number) => ({
  shard,
  epoch,
  revision: 100 + epoch,
  pinned: false,
});

export function tenantRows(): TenantRow[] {
  const first = named.map(
    ([tenant_id, a, ae, p, pe, r, re, state, inflight, lag, ago]): TenantRow => {
      const row: TenantRow = {
        tenant_id,
        state,
        placement: {
          aggregate: placed(a, ae),
          projection: placed(p, pe),
          runner: placed(r, re),
        },
        inflight,
        lag_events: lag,
        lag_ms: lag === 0 ? 0 : lag * 5,
        drift: false,
        open_job: null,
        updated_at: new Date(Date.now() - ago * 1_000).toISOString(),
      };
      if (tenant_id === "nakatomi" && row.placement.aggregate)
        row.placement.aggregate.to = "agg-02";
      if (tenant_id === "acme" && row.placement.projection) row.placement.projection.to = "prj-05";
      return row;
    },
  );
  const rest = Array.from({ length: 277 }, (_, index): TenantRow => {
    const at = index + 1;
    return {
      tenant_id: `tenant-${String(at).padStart(4, "0")}`,
      state: "active",
      placement: {
        aggregate: placed(`agg-0${(at % 6) + 1}`, (at % 7) + 1),
        projection: placed(`prj-0${((at * 5) % 6) + 1}`, (at % 5) + 1),
        runner: placed(`run-0${(at % 4) + 1}`, (at % 3) + 1),
      },
      inflight: (at * 7) % 13,
      lag_events: (at * 3) % 5,
      lag_ms: ((at * 3) % 5) * 20,
      drift: false,
      open_job: null,
      updated_at: new Date(Date.now() - (3_200 + at * 61) * 1_000).toISOString(),
    };
  });
  return [...first, ...rest];
}
