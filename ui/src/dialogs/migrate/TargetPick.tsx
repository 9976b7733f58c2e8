// Which service kind moves, and where to. The rule chooses a target when nobody does.
import { useQuery } from "@tanstack/react-query";
import { placementQuery } from "~/api/queries";
import { type Plan, SERVICE_KINDS, type ServiceKind } from "~/api/types";
import { sentence } from "~/components/words";
import { Select } from "~/ui/Select";
import { count, span } from "~/util/format";
import css from "./MigrateDialog.module.css";
import type { Targets } from "./usePlan";

const ALL = "all";
const RULE = "";
type Choice = ServiceKind | typeof ALL;

function choiceOf(targets: Targets): Choice {
  const kinds = Object.keys(targets) as ServiceKind[];
  return kinds.length === 1 ? (kinds[0] ?? ALL) : ALL;
}

export function TargetPick({
  tenantId,
  targets,
  plan,
  onChange,
  fixed,
}: {
  tenantId: string;
  targets: Targets;
  plan: Plan | undefined;
  onChange: (next: Targets) => void;
  /** A reverse migration goes where it came from. */
  fixed: boolean;
}) {
  const choice = choiceOf(targets);
  const kinds = choice === ALL ? (Object.keys(targets) as ServiceKind[]) : [choice];
  return (
    <div className={css.pick}>
      <span className={css.label}>Kind</span>
      {fixed ? (
        <span className="strong">{choice === ALL ? "Several" : sentence(choice)}</span>
      ) : (
        <Select<Choice>
          label={`Which part of ${tenantId} moves`}
          value={choice}
          options={[
            ...SERVICE_KINDS.map((kind) => ({ value: kind, label: sentence(kind) })),
            { value: ALL, label: "All three", note: "one job" },
          ]}
          onChange={(next) =>
            onChange(
              next === ALL
                ? Object.fromEntries(SERVICE_KINDS.map((kind) => [kind, null]))
                : { [next]: null },
            )
          }
        />
      )}
      {kinds.map((kind) => (
        <Target
          key={kind}
          kind={kind}
          named={kinds.length > 1}
          target={targets[kind] ?? null}
          move={plan?.base.moves.find((move) => move.service_kind === kind)}
          fixed={fixed}
          onChange={(next) => onChange({ ...targets, [kind]: next })}
        />
      ))}
      <span className="grow" />
      {plan && !plan.noop && <span className="t2">about {span(plan.eta_ms)}</span>}
    </div>
  );
}

function Target({
  kind,
  named,
  target,
  move,
  fixed,
  onChange,
}: {
  kind: ServiceKind;
  named: boolean;
  target: string | null;
  move: Plan["base"]["moves"][number] | undefined;
  fixed: boolean;
  onChange: (next: string | null) => void;
}) {
  const placement = useQuery(placementQuery(kind));
  const shards = placement.data?.shards ?? [];
  const chosen = move?.target.shard;
  return (
    <>
      <span className={css.label}>{named ? sentence(kind) : "From"}</span>
      <code>{move?.source.shard ?? "…"}</code>
      <span className="arrow">→</span>
      {fixed ? (
        <code>{target ?? chosen ?? "…"}</code>
      ) : (
        <Select
          mono
          label={`Target of the ${kind}`}
          value={target ?? RULE}
          options={[
            { value: RULE, label: chosen && !target ? chosen : "by rule", note: "chosen by rule" },
            ...shards.map((shard) => ({
              value: shard.shard,
              label: shard.shard,
              note: count(shard.tenants, "tenant"),
              ...(shard.shard === move?.source.shard ? { off: "it is there now" } : {}),
              ...(shard.entry.state === "cordoned" ? { off: "cordoned" } : {}),
            })),
          ]}
          onChange={(next) => onChange(next === RULE ? null : next)}
        />
      )}
    </>
  );
}
