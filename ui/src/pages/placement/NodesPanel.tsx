// The nodes that matter for the chosen shard: its own, and the Gateways that route to it.
import type { NodeHealth } from "~/api/types";
import { Panel } from "~/ui/Panel";
import { Status } from "~/ui/Status";
import { Age } from "~/ui/Time";
import { int } from "~/util/format";
import css from "./PlacementPage.module.css";

const looks = {
  ready: { tone: "ok", icon: "ok", word: "Ready" },
  not_ready: { tone: "bad", icon: "bad", word: "Not ready" },
  draining: { tone: "warn", icon: "drain", word: "Draining" },
  unknown: { tone: "unk", icon: "unknown", word: "Unknown" },
} as const;

export function NodesPanel({ nodes }: { nodes: readonly NodeHealth[] }) {
  return (
    <Panel title="Nodes" count={nodes.length} end="its own and the Gateways">
      <ul>
        {nodes.map((node) => {
          const look = looks[node.status];
          const failing = node.checks.filter((check) => check.status === "fail");
          const revisions = Object.entries(node.placement)
            .map(([bucket, revision]) => `${bucket.replace(/_placement$/, "")} ${int(revision)}`)
            .join(", ");
          return (
            <li key={node.node_id} className={css.node}>
              <span>
                <span className="strong">{node.node_id}</span>{" "}
                <span className="t3">
                  {node.kind}
                  {node.version ? ` ${node.version}` : ""}
                </span>
              </span>
              <Status tone={look.tone} icon={look.icon}>
                {look.word}{" "}
                <span className="t3 fs11">
                  <Age at={node.observed_at} />
                </span>
              </Status>
              <span className={css.note}>
                {node.error?.message ??
                  (failing.length > 0
                    ? failing.map((check) => `${check.name}: ${check.detail ?? "fails"}`).join("; ")
                    : node.placement_behind
                      ? `Behind. Maps applied: ${revisions}.`
                      : `Maps applied: ${revisions || "none it told of"}.`)}
              </span>
            </li>
          );
        })}
      </ul>
    </Panel>
  );
}
