// Whether it may run, what it touches, and who must agree.
import type { Gate, Plan } from "~/api/types";
import { Measured } from "~/components/states";
import { useLacks } from "~/session/session";
import { Button } from "~/ui/Button";
import { GateList, GateRow } from "~/ui/GateRow";
import { Checkbox, Field } from "~/ui/Input";
import { useNow } from "~/util/clock";
import { int, span } from "~/util/format";
import type { Overrides } from "./confirm";
import css from "./MigrateDialog.module.css";
import { Section } from "./Section";

type Props = {
  plan: Plan;
  probing: boolean;
  onProbe: () => void;
  overrides: Overrides;
  onOverride: (gate: string, next: { on: boolean; reason: string }) => void;
};

const severity = { unknown: 0, fail: 0, pass: 1 } as const;

export function PlanRight({ plan, probing, onProbe, overrides, onOverride }: Props) {
  const now = useNow();
  const tally = (verdict: Gate["verdict"]) =>
    plan.gates.filter((g) => g.verdict === verdict).length;
  const gates = [...plan.gates].sort((a, b) => severity[a.verdict] - severity[b.verdict]);
  const blast = plan.blast_radius;
  const overridden = gates.some((gate) => gate.verdict !== "pass" && overrides[gate.id]?.on);
  const inflight =
    blast.inflight === null || blast.inflight === undefined ? null : int(blast.inflight);
  return (
    <>
      <Section
        no={4}
        title="Gates"
        end={`${tally("pass")} pass · ${tally("fail")} fail · ${tally("unknown")} unknown`}
      />
      <div className={css.box}>
        <GateList label="Gates">
          {gates.map((gate) => (
            <GateRow
              key={gate.id}
              wide
              gate={{
                name: gate.id,
                verdict: gate.verdict,
                observed: gate.observed,
                limit: gate.threshold,
                ageMs: now - Date.parse(gate.observed_at),
                because: gate.because,
              }}
            >
              {gate.verdict !== "pass" && (
                <Override
                  gate={gate}
                  tenantId={plan.tenant_id}
                  value={overrides[gate.id] ?? { on: false, reason: "" }}
                  onChange={(next) => onOverride(gate.id, next)}
                  probing={probing}
                  onProbe={onProbe}
                />
              )}
            </GateRow>
          ))}
        </GateList>
      </div>
      <Section no={5} title="Blast radius" />
      <dl className={css.blast}>
        <Cell name="Tenants">{int(blast.tenants)}</Cell>
        <Cell name="Shards">{int(blast.shards)}</Cell>
        <Cell name="In flight now">
          <Measured value={inflight} because="The source does not answer." />
        </Cell>
        <Cell name="Paused for">about {span(blast.paused_ms)}</Cell>
      </dl>
      <p className={css.note}>
        While {plan.tenant_id} is drained, requests for it wait at the Gateway, then answer 503{" "}
        <code>tenant_draining</code>. Takes the lock <code>tenant/{plan.tenant_id}</code> and one
        migration permit.
      </p>
      <Section no={6} title="Approval" end={`policy revision ${plan.base.policy_revision}`} />
      <p className="t2">
        {plan.approvals.length > 0 ? (
          <>
            The job waits as <span className="strong">pending</span> until someone with{" "}
            {plan.approvals.map((right) => (
              <code key={right}>{right} </code>
            ))}
            agrees.
          </>
        ) : overridden ? (
          "Nobody else has to agree. The override, its reason and your name go into the audit log."
        ) : (
          "Nobody else has to agree."
        )}
      </p>
    </>
  );
}

function Cell({ name, children }: { name: string; children: React.ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd className="strong">{children}</dd>
    </div>
  );
}

function Override({
  gate,
  tenantId,
  value,
  onChange,
  probing,
  onProbe,
}: {
  gate: Gate;
  tenantId: string;
  value: { on: boolean; reason: string };
  onChange: (next: { on: boolean; reason: string }) => void;
  probing: boolean;
  onProbe: () => void;
}) {
  const lacks = useLacks("control.jobs.override", tenantId);
  return (
    <div className={css.override}>
      <Checkbox
        label={
          <>
            <span className="strong">Override {gate.id} for this job</span>{" "}
            <span className="t3 fs12">
              · {lacks ?? "your right"} {!lacks && <code>control.jobs.override</code>}
            </span>
          </>
        }
        checked={value.on}
        disabled={lacks !== undefined}
        onChange={(event) => onChange({ ...value, on: event.target.checked })}
      />
      <div className={css.overrideReason}>
        {value.on && (
          <Field
            small
            hideLabel
            label={`Why is it safe to go on without ${gate.id}?`}
            placeholder="Why is it safe to go on?"
            value={value.reason}
            onChange={(event) => onChange({ ...value, reason: event.target.value })}
          />
        )}
        <div className={css.row}>
          <Button
            size="s"
            icon="retry"
            off={probing ? "It is being probed." : undefined}
            onClick={onProbe}
          >
            Probe again
          </Button>
        </div>
      </div>
    </div>
  );
}
