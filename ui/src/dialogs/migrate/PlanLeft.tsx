// What will be done and how each step is undone, what changes, and the way back.
import type { Plan, PlanStep } from "~/api/types";
import { effectWhere, PlanDiffs } from "~/components/PlanDiffs";
import { EmptyState } from "~/ui/EmptyState";
import { Icon } from "~/ui/Icon";
import { count, int, span } from "~/util/format";
import css from "./MigrateDialog.module.css";
import { Section } from "./Section";

export function PlanLeft({ plan, reverse }: { plan: Plan; reverse: boolean }) {
  if (plan.noop) {
    return (
      <EmptyState title="Nothing to move">
        {plan.tenant_id} already is where this plan would put it. Choose another target.
      </EmptyState>
    );
  }
  const flip = plan.steps.findIndex((step) => step.point_of_no_return);
  const [effect] = plan.effects;
  return (
    <>
      <Section
        no={1}
        title="Plan, and how each step is undone"
        end={count(plan.steps.length, "step")}
      />
      <div className={css.box}>
        <table className={css.steps} aria-label="Steps of the plan">
          <colgroup>
            <col width="36" />
            <col />
            <col width="116" />
            <col width="130" />
            <col width="64" />
          </colgroup>
          <thead>
            <tr>
              <th>#</th>
              <th>Step</th>
              <th>On</th>
              <th>Undo</th>
              <th className="num">About</th>
            </tr>
          </thead>
          <tbody>
            {plan.steps.map((step, index) => (
              <Row key={step.id} step={step} past={flip >= 0 && index >= flip} />
            ))}
          </tbody>
        </table>
        {plan.warnings.map((warning) => (
          <div key={warning} className={css.warning}>
            <Icon name="wait" className="c-warn" />
            {warning}
          </div>
        ))}
      </div>
      <Section
        no={2}
        title="Difference"
        end={
          plan.effects.length === 1 && effect
            ? effectWhere(effect)
            : count(plan.effects.length, "key")
        }
      />
      <div className={css.box}>
        <PlanDiffs plan={plan} bare={plan.effects.length === 1} />
      </div>
      <Section no={3} title={reverse ? "Way back from here" : "Reverse plan"} />
      <p className="t2">
        {plan.base.moves.map((move) => (
          <span key={move.service_kind}>
            The mirrored migration,{" "}
            <span className="strong">
              {plan.tenant_id} {move.target.shard} → {move.source.shard}
            </span>
            , takes it back with epoch {int(move.to_epoch + 1)}.{" "}
          </span>
        ))}
        The source keeps its copy until finalize.{" "}
        {plan.irreversible.length === 0
          ? "Nothing in this plan is irreversible."
          : plan.irreversible.join(" ")}
      </p>
    </>
  );
}

function Row({ step, past }: { step: PlanStep; past: boolean }) {
  const undo = past ? "reverse instead" : (step.undo ?? "nothing to undo");
  const [number, ...name] = step.id.split(".");
  return (
    <>
      <tr>
        <td className="mono t3 fs11">{number}</td>
        <td title={step.title}>
          <span className="strong">{name.join(".")}</span>{" "}
          <span className="t3 fs12">{step.title}</span>
        </td>
        <td className="t2 fs12" title={step.target}>
          {step.target}
        </td>
        <td className={step.undo && !past ? "t2 fs12" : "t3 fs12"}>{undo}</td>
        <td className="num t2">{span(step.expected_ms)}</td>
      </tr>
      {step.point_of_no_return && (
        <tr className={css.rule}>
          <td />
          <td colSpan={4}>
            Point of no return. Before it a failure or a cancel runs the undo column upwards; after
            it the job pauses.
          </td>
        </tr>
      )}
    </>
  );
}
