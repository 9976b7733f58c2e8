// Move one tenant: plan, difference, way back, gates, blast radius, approval; then a reason, the
// name typed, and the verb. What is shown is what runs: the plan's hash travels with the job.
import { useNavigate } from "@tanstack/react-router";
import { useEffect, useRef, useState } from "react";
import type { Job, Plan, ServiceKind } from "~/api/types";
import { Failed } from "~/components/problem";
import { problemOf } from "~/components/tell";
import { jobTitle } from "~/components/words";
import { Banner } from "~/ui/Banner";
import { Button } from "~/ui/Button";
import { IdChip } from "~/ui/IdChip";
import { Modal } from "~/ui/Modal";
import { Skeleton } from "~/ui/Skeleton";
import { Status } from "~/ui/Status";
import { Time } from "~/ui/Time";
import { count } from "~/util/format";
import { toast } from "~/util/toasts";
import type { DialogRequest } from "../host";
import { ConfirmFoot } from "./ConfirmFoot";
import { chosenOverrides, missing, type Overrides, openGates, verbOf } from "./confirm";
import css from "./MigrateDialog.module.css";
import { PlanLeft } from "./PlanLeft";
import { PlanRight } from "./PlanRight";
import { TargetPick } from "./TargetPick";
import { type Targets, useCreate, useHolder, useOpened, usePlan } from "./usePlan";

const DEFAULT_KIND: ServiceKind = "projection";

export function MigrateDialog({
  request,
  onClose,
}: {
  request: Extract<DialogRequest, { type: "migrate" }>;
  onClose: () => void;
}) {
  const { tenant_id, reverse_of } = request;
  const navigate = useNavigate();
  const { key, flow } = useOpened(request.correlation_id);
  const [targets, setTargets] = useState<Targets>(request.targets ?? { [DEFAULT_KIND]: null });
  const [overrides, setOverrides] = useState<Overrides>({});
  const [reason, setReason] = useState("");
  const [typed, setTyped] = useState("");
  const reasonField = useRef<HTMLInputElement>(null);
  const params = { targets, ...(reverse_of ? { reverse_of } : {}) };
  const holder = useHolder(tenant_id);
  const query = usePlan(tenant_id, params, flow, key, holder?.job_id);
  const plan = query.data;
  const create = useCreate(tenant_id, key, flow, (receipt) => {
    onClose();
    toast(`${reverse_of ? "Reverse migration" : "Migration"} of ${tenant_id}: accepted`, [
      { id: receipt.job_id, noun: "job id" },
    ]);
    void navigate({ to: "/jobs/$job_id", params: { job_id: receipt.job_id } });
  });
  const draft = {
    plan,
    planning: query.isFetching,
    heldBy: holder && jobTitle(holder),
    overrides,
    reason,
    typed,
    sending: create.isPending,
  };
  const lacks = missing(draft);
  const title = reverse_of ? `Reverse migration of ${tenant_id}` : `Migrate ${tenant_id}`;
  const send = () => {
    if (!plan || lacks) return;
    create.mutate({ plan, reason: reason.trim(), overrides: chosenOverrides(draft) });
  };
  return (
    <Modal
      open
      onClose={onClose}
      size="plan"
      title={title}
      initialFocus={reasonField}
      head={
        <PlanHead
          plan={plan}
          madeAt={query.dataUpdatedAt}
          planning={query.isFetching}
          onAgain={() => void query.refetch()}
          onClose={onClose}
        />
      }
      foot={
        <ConfirmFoot
          tenantId={tenant_id}
          draft={draft}
          verb={verbOf(draft, reverse_of !== undefined)}
          reasonField={reasonField}
          onReason={setReason}
          onTyped={setTyped}
          onDiscard={onClose}
          onSend={send}
        />
      }
    >
      <div className={css.body}>
        <div className={css.column}>
          <TargetPick
            tenantId={tenant_id}
            targets={targets}
            plan={plan}
            onChange={setTargets}
            fixed={reverse_of !== undefined}
          />
          {holder && <Held holder={holder} />}
          {create.error && <Refused error={create.error} />}
          {plan && query.error && <Refused error={query.error} />}
          {plan ? (
            <PlanLeft plan={plan} reverse={reverse_of !== undefined} />
          ) : query.isError ? (
            <Failed
              error={query.error}
              title="This cannot be planned"
              stillTrue="Nothing was changed."
              onRetry={() => void query.refetch()}
            />
          ) : (
            <Skeleton
              what="the plan"
              rows={10}
              columns={["#", "Step", "On", "Undo", "About"].map((head) => ({ head }))}
            />
          )}
        </div>
        <div className={css.column}>
          {plan && (
            <PlanRight
              plan={plan}
              probing={query.isFetching}
              onProbe={() => void query.refetch()}
              overrides={overrides}
              onOverride={(gate, next) => setOverrides({ ...overrides, [gate]: next })}
            />
          )}
        </div>
      </div>
      {plan && <Announce plan={plan} />}
    </Modal>
  );
}

/** Which plan this is, how its gates stand, and the way to a newer one. */
function PlanHead({
  plan,
  madeAt,
  planning,
  onAgain,
  onClose,
}: {
  plan: Plan | undefined;
  madeAt: number;
  planning: boolean;
  onAgain: () => void;
  onClose: () => void;
}) {
  return (
    <>
      {plan && <GatePill plan={plan} />}
      <span className="grow" />
      {plan && (
        <span className={css.made}>
          Plan <IdChip id={plan.plan_hash} noun="plan hash" /> made{" "}
          <Time at={madeAt} style="seconds" />
        </span>
      )}
      <Button
        size="s"
        icon="retry"
        off={planning ? "It is being planned." : undefined}
        onClick={onAgain}
      >
        Plan again
      </Button>
      <Button variant="quiet" size="s" square icon="close" aria-label="Close" onClick={onClose} />
    </>
  );
}

/** While another job has the tenant the plan can be read, and nothing can be sent. */
function Held({ holder }: { holder: Job }) {
  return (
    <div className={css.refused}>
      <Banner tone="warn" icon="lock" title={`${jobTitle(holder)} holds ${holder.tenant_id}.`}>
        This is what would follow it; it can be confirmed once that job has ended.{" "}
        <IdChip id={holder.job_id} noun="job id" />
      </Banner>
    </div>
  );
}

function GatePill({ plan }: { plan: Plan }) {
  const open = openGates(plan.gates);
  const failed = open.filter((gate) => gate.verdict === "fail").length;
  const unknown = open.length - failed;
  if (plan.noop) {
    return (
      <Status tone="off" icon="ok" pill>
        Nothing to move
      </Status>
    );
  }
  if (failed > 0) {
    return (
      <Status tone="bad" icon="bad" pill>
        {count(failed, "gate")} {failed === 1 ? "fails" : "fail"}
      </Status>
    );
  }
  if (unknown > 0) {
    return (
      <Status tone="unk" icon="unknown" pill>
        {count(unknown, "gate")} unknown
      </Status>
    );
  }
  return (
    <Status tone="ok" icon="ok" pill>
      All gates pass
    </Status>
  );
}

/** A gate that turns Unknown or Fail is said at once. */
function Announce({ plan }: { plan: Plan }) {
  const [said, setSaid] = useState("");
  const open = openGates(plan.gates)
    .map((gate) => `${gate.id} is ${gate.verdict}`)
    .join(", ");
  useEffect(() => setSaid(open), [open]);
  return (
    <div className="vh" role="alert">
      {said}
    </div>
  );
}

function Refused({ error }: { error: Error }) {
  const problem = problemOf(error);
  return (
    <div className={css.refused}>
      <Banner tone="bad" icon="bad" urgent title={problem.code}>
        {problem.detail} {problem.requestId && <IdChip id={problem.requestId} noun="request id" />}{" "}
        {problem.correlationId && <IdChip id={problem.correlationId} noun="correlation id" />}
      </Banner>
    </div>
  );
}
