// The only place where links to Grafana Explore are built. The parts Loki knows as labels are
// `service, level, env, node`; ids are structured metadata, so they come after the selector.

export type Range = { from: string | number; to: string | number };

/** What Explore can be opened for; ids that are missing are left out of the query. */
export type Subject = {
  correlation_id?: string | undefined;
  request_id?: string | undefined;
  trace_id?: string | undefined;
  /** RFC 3339; widened by five minutes on each side. Without it: the last 24 hours. */
  from?: string | undefined;
  to?: string | undefined;
};

const MARGIN_MS = 5 * 60_000;
/** Fixed by provisioning. */
const LOKI = "loki";
const TEMPO = "tempo";

function range(subject: Subject): { from: string; to: string } {
  if (!subject.from) return { from: "now-24h", to: "now" };
  const from = Date.parse(subject.from) - MARGIN_MS;
  const to = subject.to ? Date.parse(subject.to) + MARGIN_MS : undefined;
  if (Number.isNaN(from) || (to !== undefined && Number.isNaN(to))) {
    return { from: "now-24h", to: "now" };
  }
  return { from: String(from), to: to === undefined ? "now" : String(to) };
}

const quote = (text: string) => `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;

/** LogQL for everything that carries the flow, or the request, or the trace. */
export function logQuery(subject: Subject): string | undefined {
  const filters = (["correlation_id", "request_id", "trace_id"] as const)
    .filter((name) => subject[name])
    .map((name) => `${name}=${quote(subject[name] ?? "")}`);
  const [first] = filters;
  if (!first) return undefined;
  // A correlation id covers its requests and its trace; they widen the query only beside it.
  return `{service=~".+"} | ${filters.join(" or ")}`;
}

function explore(
  base: string,
  datasource: string,
  query: Record<string, unknown>,
  subject: Subject,
) {
  const panes = {
    a: {
      datasource,
      queries: [{ refId: "A", datasource: { type: datasource, uid: datasource }, ...query }],
      range: range(subject),
    },
  };
  const search = new URLSearchParams({
    schemaVersion: "1",
    panes: JSON.stringify(panes),
    orgId: "1",
  });
  return `${base.replace(/\/+$/, "")}/explore?${search}`;
}

/** Logs of the flow; undefined when no id is known. */
export function lokiLink(base: string, subject: Subject): string | undefined {
  const expr = logQuery(subject);
  if (!expr) return undefined;
  return explore(base, LOKI, { expr, queryType: "range" }, subject);
}

/** The trace; undefined when there is none. */
export function tempoLink(base: string, subject: Subject): string | undefined {
  if (!subject.trace_id) return undefined;
  return explore(base, TEMPO, { query: subject.trace_id, queryType: "traceql" }, subject);
}
