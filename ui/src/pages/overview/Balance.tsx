// How full each shard is, kind by kind, against the headroom that a target must keep.
import { Link } from "@tanstack/react-router";
import type { PlacementMap, ServiceKind } from "~/api/types";
import { commonLimit, MIN_HEADROOM, type Shard, statusOf } from "~/components/shards";
import { sentence } from "~/components/words";
import { Bar } from "~/ui/Bar";
import { Panel } from "~/ui/Panel";
import { Status } from "~/ui/Status";
import { count, int, percent } from "~/util/format";
import css from "./Balance.module.css";

export type BalanceGroup = { kind: ServiceKind; map: PlacementMap | undefined; shards: Shard[] };

export function Balance({ groups }: { groups: readonly BalanceGroup[] }) {
  const total = groups.reduce((sum, group) => sum + group.shards.length, 0);
  return (
    <Panel
      shrink
      title="Placement balance"
      count={count(total, "shard")}
      end={`tick at the ${Math.round(MIN_HEADROOM * 100)} % headroom gate`}
    >
      <div className={css.groups} tabIndex={0} role="group" aria-label="Placement balance, scrolls">
        {groups.map((group) => (
          <Kind key={group.kind} group={group} />
        ))}
      </div>
    </Panel>
  );
}

function Kind({ group }: { group: BalanceGroup }) {
  const limit = commonLimit(group.shards);
  return (
    <div>
      <div className={css.head}>
        <span>
          {sentence(group.kind)}
          {limit !== null && `, capacity ${int(limit)}`}
        </span>
        <span>tenants · headroom</span>
      </div>
      <ul>
        {group.shards.map((shard) => (
          <li key={shard.shard} className={css.shard}>
            <Link to="/placement" search={{ shard: shard.shard }}>
              <code>{shard.shard}</code>
            </Link>
            <Fill shard={shard} />
            <span className={css.number}>
              {shard.tenants === null ? "unknown" : int(shard.tenants)}
            </span>
            <span className={css.number}>
              <Headroom shard={shard} />
            </span>
          </li>
        ))}
      </ul>
    </div>
  );
}

const tight = (shard: Shard) => shard.used !== null && 1 - shard.used < MIN_HEADROOM;
const silent = (shard: Shard) => statusOf(shard.nodes) === "unknown";

function Fill({ shard }: { shard: Shard }) {
  const tone = silent(shard) ? "unk" : tight(shard) ? "warn" : "neutral";
  return <Bar share={shard.used ?? 0} tick={1 - MIN_HEADROOM} tone={tone} />;
}

function Headroom({ shard }: { shard: Shard }) {
  if (shard.state === "cordoned") {
    return (
      <Status tone="warn" icon="cordon" small>
        cordoned
      </Status>
    );
  }
  if (shard.used === null) {
    return (
      <Status tone="unk" icon="unknown" small title="A node does not say how many it may hold.">
        unknown
      </Status>
    );
  }
  const free = percent(1 - shard.used);
  if (tight(shard)) {
    return (
      <Status tone="warn" icon="wait" small>
        {free}
      </Status>
    );
  }
  return <span className="t3">{free}</span>;
}
