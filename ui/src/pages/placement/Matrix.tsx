// All shards in one table, grouped by kind. The row is chosen by its name, a button.
import type { PlacementMap, ServiceKind } from "~/api/types";
import { commonLimit, MIN_HEADROOM, type Shard, statusOf } from "~/components/shards";
import { Measured } from "~/components/states";
import { sentence } from "~/components/words";
import { Bar } from "~/ui/Bar";
import { Status } from "~/ui/Status";
import { cx } from "~/util/cx";
import { count, int, percent } from "~/util/format";
import css from "./PlacementPage.module.css";

type Group = { kind: ServiceKind; map: PlacementMap | undefined; shards: Shard[] };

export function Matrix({
  groups,
  chosen,
  onChoose,
}: {
  groups: readonly Group[];
  chosen: string | undefined;
  onChoose: (shard: string) => void;
}) {
  return (
    <div className={css.scroll} tabIndex={0} role="group" aria-label="Shards, scrolls">
      <table className={css.matrix} aria-label="Shards">
        <colgroup>
          <col width="92" />
          <col width="130" />
          <col width="84" />
          <col />
          <col width="104" />
          <col width="104" />
          <col width="104" />
        </colgroup>
        <thead>
          <tr>
            <th>Shard</th>
            <th>State</th>
            <th className="num">Tenants</th>
            <th>Capacity used</th>
            <th className="num">Headroom</th>
            <th className="num">In flight</th>
            <th className="num">Lag, events</th>
          </tr>
        </thead>
        {groups.map((group) => (
          <tbody key={group.kind}>
            <tr className={css.group}>
              <td colSpan={7}>
                <b>{sentence(group.kind)}</b>
                {groupLine(group)}
              </td>
            </tr>
            {group.shards.map((shard) => (
              <Row
                key={shard.shard}
                shard={shard}
                chosen={shard.shard === chosen}
                onChoose={() => onChoose(shard.shard)}
              />
            ))}
          </tbody>
        ))}
      </table>
    </div>
  );
}

function groupLine({ map, shards }: Group): string {
  const limit = commonLimit(shards);
  return [
    limit !== null && `capacity ${int(limit)} a shard`,
    count(shards.length, "shard"),
    map && `revision ${int(map.revision)}`,
  ]
    .filter(Boolean)
    .join(" · ");
}

function Row({ shard, chosen, onChoose }: { shard: Shard; chosen: boolean; onChoose: () => void }) {
  const unknown = statusOf(shard.nodes) === "unknown";
  const tight = shard.used !== null && 1 - shard.used < MIN_HEADROOM;
  return (
    <tr className={cx(css.row, chosen && css.chosen)} onClick={onChoose}>
      <td>
        <button type="button" className={css.pick} aria-pressed={chosen} onClick={onChoose}>
          {shard.shard}
        </button>
      </td>
      <td>
        <ShardStatus shard={shard} />
      </td>
      <td className="num">
        <Measured value={shard.tenants === null ? null : int(shard.tenants)} />
      </td>
      <td>
        {shard.used !== null && (
          <span className={css.bar}>
            <Bar
              share={shard.used}
              tick={1 - MIN_HEADROOM}
              tone={
                unknown ? "unk" : tight ? "warn" : shard.state === "cordoned" ? "off" : "neutral"
              }
            />
          </span>
        )}
      </td>
      <td className="num">
        {shard.used === null ? (
          <Measured value={null} because="A node does not say how many tenants it may hold." />
        ) : tight ? (
          <Status tone="warn" icon="wait" title="Below the 20 % that a target must keep">
            {percent(1 - shard.used)}
          </Status>
        ) : (
          percent(1 - shard.used)
        )}
      </td>
      <td className="num">
        <Measured
          value={shard.inflight === null ? null : int(shard.inflight)}
          because="A node does not answer."
        />
      </td>
      <td className="num">
        <Measured
          value={shard.lagEvents === null ? null : int(shard.lagEvents)}
          because="A node does not answer."
        />
      </td>
    </tr>
  );
}

export function ShardStatus({ shard }: { shard: Shard }) {
  const status = statusOf(shard.nodes);
  if (shard.state === "cordoned") {
    return (
      <Status tone="warn" icon="cordon">
        Cordoned
      </Status>
    );
  }
  if (status === "unknown" || status === "none") {
    return (
      <Status tone="unk" icon="unknown">
        Unknown
      </Status>
    );
  }
  if (status === "not_ready") {
    return (
      <Status tone="bad" icon="bad">
        Not ready
      </Status>
    );
  }
  if (status === "draining") {
    return (
      <Status tone="warn" icon="drain">
        Draining
      </Status>
    );
  }
  return (
    <Status tone="ok" icon="ok">
      Active
    </Status>
  );
}
