// What runs here: every process of the control plane, and the nodes of the fleet by their build.
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { servicesQuery } from "~/api/govern/queries";
import { fleetQuery } from "~/api/queries";
import type { NodeHealth, ServiceProcess } from "~/api/types";
import { Failed } from "~/components/problem";
import { Panel } from "~/ui/Panel";
import { Skeleton } from "~/ui/Skeleton";
import { Status } from "~/ui/Status";
import { Time } from "~/ui/Time";
import { buildText, count } from "~/util/format";
import css from "./SettingsPage.module.css";

const heads = ["Service", "Process", "Version", "Started"].map((head) => ({ head }));
const build = (version: string, sha: string) => buildText(`${version} (${sha})`);

export function Versions() {
  const services = useQuery(servicesQuery);
  const fleet = useQuery(fleetQuery);
  const mixed = new Set(services.data?.map(({ version, git_sha }) => `${version} ${git_sha}`));
  return (
    <Panel
      title="What runs here"
      end={
        mixed.size > 1 ? (
          <Status tone="warn" icon="drift">
            {count(mixed.size, "build")} side by side
          </Status>
        ) : undefined
      }
    >
      {services.isPending ? (
        <Skeleton what="services" rows={4} columns={heads} />
      ) : services.isError && !services.data ? (
        <Failed
          error={services.error}
          title="The services cannot be read"
          stillTrue="They run or not, whatever this page can see."
          onRetry={() => void services.refetch()}
        />
      ) : (
        <div className={css.scroll} tabIndex={0} role="group" aria-label="Services, rows">
          <table className={css.table} aria-label="Services">
            <thead>
              <tr>
                <th>Service</th>
                <th>Process</th>
                <th>Version</th>
                <th>Started</th>
              </tr>
            </thead>
            <tbody>
              {(services.data ?? []).map((row) => (
                <tr key={row.instance_id}>
                  <td>
                    <span className="strong">{row.service}</span> <Leader leader={row.leader} />
                  </td>
                  <td className="mono t2">{row.instance_id}</td>
                  <td className="mono">{build(row.version, row.git_sha)}</td>
                  <td className="t2">
                    <Time at={row.started_at} relative />
                  </td>
                </tr>
              ))}
              {services.data?.length === 0 && (
                <tr>
                  <td colSpan={4} className="t3">
                    Processes of the control plane are shown to who may read the whole fleet.
                  </td>
                </tr>
              )}
              {buildsOf(fleet.data?.nodes ?? []).map(({ kind, version, nodes }) => (
                <tr key={`${kind} ${version}`}>
                  <td>
                    <span className="strong">{kind}</span> <span className="t3">node</span>
                  </td>
                  <td className="t2">
                    <Link to="/placement">{count(nodes, "node")}</Link>
                  </td>
                  <td className="mono">
                    {version ?? (
                      <Status tone="unk" icon="unknown">
                        unknown
                      </Status>
                    )}
                  </td>
                  <td className="t3">—</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Panel>
  );
}

function Leader({ leader }: { leader: ServiceProcess["leader"] }) {
  if (leader === null) return null;
  return <span className="t3">{leader ? "leads" : "stands by"}</span>;
}

/** Nodes of one kind and build counted together; a node that does not tell is unknown. */
export function buildsOf(nodes: readonly NodeHealth[]) {
  const found = new Map<string, { kind: string; version: string | undefined; nodes: number }>();
  for (const { kind, version, git_sha } of nodes) {
    const text = version ? build(version, git_sha ?? "unknown") : undefined;
    const key = `${kind} ${text}`;
    const row = found.get(key) ?? { kind, version: text, nodes: 0 };
    row.nodes += 1;
    found.set(key, row);
  }
  return [...found.values()].sort((a, b) => a.kind.localeCompare(b.kind));
}
