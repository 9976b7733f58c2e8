// The mock as HTTP; what frames every answer is in http.ts, the Gateway's administration in govern/.
import { HttpResponse, http } from "msw";
import type {
  Job,
  JobRequest,
  JobVerb,
  Page,
  PlacementMap,
  PlacementRevision,
  PlanRequest,
  ServiceKind,
  TenantRow,
} from "~/api/types";
import { governing } from "./govern/handlers";
import { route } from "./http";
import { fleetNodes } from "./nodes";
import { ask, create, need, planOf, Refused } from "./rules";
import { search } from "./search";
import { hexOf, now, type World, world } from "./world";

const PASSWORD = "correct horse";

function asOf(at: World) {
  return { seq: `1-${at.seq}`, age_ms: 300 };
}

export function page<T>(at: World, url: URL, all: readonly T[]): Page<T> {
  const limit = Number(url.searchParams.get("limit") ?? 50);
  if (!Number.isInteger(limit) || limit < 1 || limit > 200) {
    throw new Refused(400, "invalid_query", "limit is 1 to 200.");
  }
  const from = Number(url.searchParams.get("cursor") ?? 0);
  const items = all.slice(from, from + limit);
  const next = from + limit < all.length ? String(from + limit) : null;
  return { items, next_cursor: next, total_estimate: all.length, as_of: asOf(at) };
}

/** The usual order, or its reverse when that is asked for; any other sort is refused. */
function sorted<T>(url: URL, usual: T[], reverse: string, name: string): T[] {
  const sort = url.searchParams.get("sort") ?? name;
  if (sort !== name && sort !== reverse) {
    throw new Refused(400, "invalid_query", `sort is ${name} or ${reverse}.`);
  }
  return sort === reverse ? usual.reverse() : usual;
}

function matches(job: Job, url: URL): boolean {
  const wanted = (name: string) => url.searchParams.get(name)?.split(",");
  const among = (name: string, value: string | null | undefined) =>
    wanted(name)?.includes(value ?? "") ?? true;
  return (
    among("state", job.state) &&
    among("kind", job.kind) &&
    among("tenant", job.tenant_id) &&
    among("actor", job.actor.sub) &&
    among("correlation_id", job.ids.correlation_id)
  );
}

const session = [
  http.get(
    "*/admin/v1/session",
    route(({ world: at }) => {
      if (!at.signedIn) throw new Refused(401, "unauthenticated", "There is no session.");
      return {
        body: {
          principal: {
            sub: "ines.moreau",
            session_id: "ses_01J9ZK0000000000000000E8VN",
          },
          display_name: at.users.get("ines.moreau")?.display_name ?? null,
          rights: at.rights,
          grants: at.rights.map((right) => ({
            right,
            role: right === "control.*" ? "admin" : null,
          })),
          expires_at: new Date(Date.now() + 3_600_000).toISOString(),
          environment: at.environment,
          version: "0.9.3 · 4c1e7ab",
        },
      };
    }),
  ),
  http.post(
    "*/admin/v1/session",
    route(async ({ request, world: at }) => {
      const { username, password } = (await request.json()) as {
        username: string;
        password: string;
      };
      if (!username || password !== PASSWORD) {
        throw new Refused(401, "sign_in_failed", "User name or password is wrong.");
      }
      at.signedIn = true;
      return { status: 204 };
    }),
  ),
  http.delete(
    "*/admin/v1/session",
    route(({ world: at }) => {
      at.signedIn = false;
      return { status: 204 };
    }),
  ),
];

const jobs = [
  http.post(
    "*/admin/v1/plans/:kind",
    route(async ({ request, params, world: at }) => {
      const body = (await request.json()) as PlanRequest;
      return {
        body: planOf(at, params.kind ?? "", request.headers.get("x-tenant-id"), body.params),
      };
    }),
  ),
  http.get(
    "*/admin/v1/jobs",
    route(({ url, world: at }) => {
      need(at, "control.jobs.read");
      const all = [...at.jobs.values()].filter((job) => matches(job, url));
      all.sort((a, b) => b.created_at.localeCompare(a.created_at));
      return { body: page(at, url, sorted(url, all, "created_at", "-created_at")) };
    }),
  ),
  http.get(
    "*/admin/v1/jobs/:job_id",
    route(({ params, world: at }) => {
      need(at, "control.jobs.read");
      const job = at.jobs.get(params.job_id ?? "");
      if (!job) throw new Refused(404, "unknown_job", `There is no job ${params.job_id}.`);
      return { body: { ...job, as_of: asOf(at) } };
    }),
  ),
  http.get(
    "*/admin/v1/jobs/:job_id/events",
    route(({ params, url, world: at }) => {
      need(at, "control.jobs.read");
      return { body: page(at, url, [...(at.events.get(params.job_id ?? "") ?? [])].reverse()) };
    }),
  ),
  http.post(
    "*/admin/v1/jobs/:job_id/:verb",
    route(async ({ request, params, world: at }) => {
      const body = (await request.json()) as { reason: string };
      return { status: 202, body: ask(at, params.job_id ?? "", params.verb as JobVerb, body) };
    }),
  ),
  http.post(
    "*/admin/v1/jobs/:kind",
    route(async ({ request, params, world: at }) => {
      const { headers } = request;
      const body = (await request.json()) as JobRequest;
      const { receipt, replayed } = create(
        at,
        params.kind ?? "",
        headers.get("x-tenant-id"),
        headers.get("idempotency-key"),
        body,
      );
      return {
        status: 202,
        body: receipt,
        ...(replayed ? { headers: { "idempotency-replayed": "true" } } : {}),
      };
    }),
  ),
];

const health = [
  http.get("*/health", () =>
    HttpResponse.json({
      service: "command-api",
      status: "ok",
      version: "0.9.3",
      git_sha: "4c1e7ab",
    }),
  ),
  http.get("*/ready", () =>
    HttpResponse.json({ status: "ready", checks: [{ name: "nats", status: "pass" }] }),
  ),
];

function placementOf(at: World, kind: ServiceKind): PlacementMap {
  const shards = at.shards.filter((shard) => shard.kind === kind);
  if (shards.length === 0) throw new Refused(404, "unknown_kind", `No kind ${kind}.`);
  const rows = [...at.tenants.values()].flatMap((row) => {
    const entry = row.placement[kind];
    return entry ? [{ row, entry }] : [];
  });
  return {
    kind,
    bucket: `${kind}_placement`,
    revision: at.revisions[kind],
    hash: hexOf(kind),
    default: null,
    shards: shards.map((shard) => ({
      shard: shard.id,
      entry: { v: 1, nodes: [], state: shard.state },
      revision: 1,
      tenants: shard.tenants,
    })),
    tenants: rows.map(({ row, entry }) => ({
      revision: entry.revision,
      entry: {
        v: 1,
        tenant_id: row.tenant_id,
        shard: entry.shard,
        epoch: entry.epoch,
        pinned: entry.pinned,
        updated_at: row.updated_at ?? now(),
      },
    })),
  };
}

/** What the entry of a tenant has been, oldest first: each epoch up to the present one. */
function historyOf(at: World, kind: ServiceKind, tenant_id: string): PlacementRevision[] {
  const entry = at.tenants.get(tenant_id)?.placement[kind];
  if (!entry) throw new Refused(404, "unknown_tenant", `There is no tenant ${tenant_id}.`);
  const shards = at.shards.filter((shard) => shard.kind === kind).map(({ id }) => id);
  return Array.from({ length: Math.min(entry.epoch, 4) }, (_, back) => {
    const epoch = entry.epoch - back;
    const shard = back === 0 ? entry.shard : (shards[back % shards.length] ?? entry.shard);
    const stored = now(-(back * 7 + 1) * 3_600_000);
    return {
      key: `tenant.${tenant_id}`,
      revision: entry.revision - back,
      at: stored,
      value: { v: 1, tenant_id, shard, epoch, pinned: false, updated_at: stored },
    };
  }).reverse();
}

const reads = [
  http.get(
    "*/admin/v1/tenants",
    route(({ url, world: at }) => {
      need(at, "control.tenants.read");
      const text = url.searchParams.get("tenant") ?? url.searchParams.get("q") ?? "";
      const shard = url.searchParams.get("shard");
      if (url.searchParams.has("kind")) {
        throw new Refused(400, "invalid_query", "unknown field `kind`");
      }
      const placed = (row: TenantRow) =>
        !shard || Object.values(row.placement).some((entry) => entry?.shard === shard);
      const all = [...at.tenants.values()].filter(
        (row) => row.tenant_id.includes(text) && placed(row),
      );
      return { body: page(at, url, sorted(url, all, "-tenant_id", "tenant_id")) };
    }),
  ),
  http.get(
    "*/admin/v1/tenants/:tenant_id",
    route(({ params, world: at }) => {
      need(at, "control.tenants.read");
      const row = at.tenants.get(params.tenant_id ?? "");
      if (!row) throw new Refused(404, "unknown_tenant", `There is no tenant ${params.tenant_id}.`);
      return { body: { ...row, as_of: asOf(at) } };
    }),
  ),
  http.get(
    "*/admin/v1/fleet",
    route(({ world: at }) => {
      need(at, "control.fleet.read");
      return { body: { observed_at: now(), nodes: fleetNodes(at), as_of: asOf(at) } };
    }),
  ),
  http.get(
    "*/admin/v1/placement",
    route(({ world: at }) => {
      need(at, "control.placement.read");
      const maps = (["aggregate", "projection", "runner"] as const).map((kind) => {
        const { tenants: _, ...map } = placementOf(at, kind);
        return map;
      });
      return {
        body: {
          source: "kv",
          snapshot_sha256: hexOf("maps"),
          maps,
          gateways: {},
          alarms: {},
          as_of: asOf(at),
        },
      };
    }),
  ),
  http.get(
    "*/admin/v1/placement/:kind",
    route(({ params, world: at }) => {
      need(at, "control.placement.read");
      const map = placementOf(at, params.kind as ServiceKind);
      return { body: { ...map, as_of: asOf(at) } };
    }),
  ),
  http.get(
    "*/admin/v1/placement/:kind/history",
    route(({ params, url, world: at }) => {
      need(at, "control.placement.read");
      const tenant = url.searchParams.get("tenant") ?? "";
      return { body: page(at, url, historyOf(at, params.kind as ServiceKind, tenant)) };
    }),
  ),
  http.get(
    "*/admin/v1/audit",
    route(({ url, world: at }) => {
      need(at, "control.audit.read");
      const job = url.searchParams.get("job_id");
      const result = url.searchParams.get("result")?.split(",");
      const among = (name: string, value: string | null | undefined) =>
        url.searchParams
          .get(name)
          ?.split(",")
          .includes(value ?? "") ?? true;
      const all = at.audit.filter(
        (row) =>
          (!job || row.job_id === job) &&
          (result?.includes(row.result) ?? true) &&
          among("operation", row.operation) &&
          among("resource", row.resource) &&
          among("actor", row.actor) &&
          among("tenant", row.tenant_id),
      );
      return { body: page(at, url, sorted(url, all, "at", "-at")) };
    }),
  ),
  http.get(
    "*/admin/v1/search",
    route(({ url, world: at }) => {
      need(at, "control.jobs.read");
      return { body: search(at, url.searchParams.get("id") ?? "") };
    }),
  ),
  http.get("*/admin/v1/events", ({ request }) => {
    if (!world.signedIn) return new HttpResponse(null, { status: 401 });
    const encoder = new TextEncoder();
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        const send = () => controller.enqueue(encoder.encode(`: beat\nid: 1-${world.seq}\n\n`));
        send();
        const timer = setInterval(send, 5_000);
        request.signal.addEventListener("abort", () => {
          clearInterval(timer);
          controller.close();
        });
      },
    });
    return new HttpResponse(body, { headers: { "content-type": "text/event-stream" } });
  }),
];

export const handlers = [...health, ...session, ...jobs, ...reads, ...governing];
