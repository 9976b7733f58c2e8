// One cell a kind of node, then three sums over the fleet.
import type { NodeHealth } from "~/api/types";
import { Measured } from "~/components/states";
import { sentence } from "~/components/words";
import { Panel } from "~/ui/Panel";
import { Status } from "~/ui/Status";
import { Age } from "~/ui/Time";
import { count, int, span } from "~/util/format";
import { NODE_KINDS, type Sum, sumOf, sumText, tallyOf } from "./fleet";
import css from "./OverviewPage.module.css";

export function FleetStrip({ nodes }: { nodes: readonly NodeHealth[] }) {
  const holding = nodes.filter((node) => node.kind !== "gateway");
  const inflight = sumOf(nodes, (node) => node.inflight);
  const lag = sumOf(holding, (node) => node.lag_events);
  const worst = Math.max(0, ...holding.map((node) => node.lag_ms ?? 0));
  return (
    <Panel label="Fleet health">
      <div className={css.strip}>
        {NODE_KINDS.map((kind) => {
          const tally = tallyOf(kind, nodes);
          return (
            <div key={kind}>
              <div className={css.kind}>
                <h2>{sentence(kind)}</h2>
                <span className="t3">{count(tally.total, "node")}</span>
              </div>
              <ul>
                {tally.lines.map((line) => (
                  <li key={line.text} className={css.line}>
                    <Status tone={line.tone} icon={line.icon}>
                      {line.text}
                    </Status>
                    <span className="t3 fs11">
                      <Age at={line.since} />
                    </span>
                  </li>
                ))}
              </ul>
            </div>
          );
        })}
        <Total name="In flight" sum={inflight} of={nodes.length} note="accepted, not yet done" />
        <Total name="Lag, events" sum={lag} of={holding.length} note={`oldest ${span(worst)}`} />
        <Total
          name="Behind"
          sum={sumOf(nodes, (node) =>
            node.placement_behind === null || node.placement_behind === undefined
              ? null
              : Number(node.placement_behind),
          )}
          of={nodes.length}
          note="nodes on an older map"
        />
      </div>
    </Panel>
  );
}

function Total({ name, sum, of, note }: { name: string; sum: Sum; of: number; note: string }) {
  const text = sumText(sum, of, int);
  return (
    <div>
      <div className={css.kind}>
        <span className="t2">{name}</span>
      </div>
      <div className={css.big}>
        <Measured value={text?.replace(" or more", "")} because="No node answers." />
        {text?.endsWith("or more") && <span className={css.more}> or more</span>}
      </div>
      <div className="fs11 t3">
        {sum.unknown > 0 ? `${count(sum.unknown, "node")} did not tell` : note}
      </div>
    </div>
  );
}
