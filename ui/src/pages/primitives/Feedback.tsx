// Things that tell: states, ids, freshness, banners, the four states of a panel.
import { jobLook, resultLook, stepLook, tenantLook } from "~/components/words";
import { Banner } from "~/ui/Banner";
import { Breadcrumbs } from "~/ui/Breadcrumbs";
import { Button } from "~/ui/Button";
import { EmptyState } from "~/ui/EmptyState";
import { ErrorState } from "~/ui/ErrorState";
import { FreshnessChip } from "~/ui/FreshnessChip";
import { IdChip } from "~/ui/IdChip";
import { Panel } from "~/ui/Panel";
import { ShardChip } from "~/ui/ShardChip";
import { Skeleton } from "~/ui/Skeleton";
import { Status } from "~/ui/Status";
import { Time } from "~/ui/Time";
import { Sample } from "./Sample";

const looks = [
  ...[
    "pending",
    "running",
    "paused",
    "compensating",
    "stuck",
    "succeeded",
    "cancelled",
    "rolled_back",
    "rejected",
  ].map(jobLook),
  ...["waiting", "done", "skipped", "undoing", "undone"].map(stepLook),
  ...["active", "moving", "draining", "unknown"].map(tenantLook),
  ...["ok", "denied", "error"].map(resultLook),
];

export function Feedback() {
  return (
    <>
      <Sample name="Status">
        {looks.map((look, index) => (
          <Status key={index} tone={look.tone} icon={look.icon}>
            {look.word}
          </Status>
        ))}
      </Sample>
      <Sample name="Status as a pill">
        {looks.slice(0, 9).map((look) => (
          <Status key={look.word} tone={look.tone} icon={look.icon} pill>
            {look.word}
          </Status>
        ))}
      </Sample>
      <Sample name="Ids, shards, times, crumbs">
        <IdChip id="job_01J9ZK7Q4M8V2T6RX3WB5NCE0H" noun="job id" />
        <IdChip id="9c41f0a27be84d1fb3a65e0c7d2918f4" noun="trace id" />
        <ShardChip shard="prj-02" epoch={7} />
        <ShardChip shard="prj-02" to="prj-05" epoch={8} />
        <span className="t2">
          <Time at="2026-11-24T14:02:11Z" style="full" relative />
        </span>
        <Breadcrumbs>
          <span>Operate</span>
          <span>Jobs</span>
          <span>Migrate acme</span>
        </Breadcrumbs>
      </Sample>
      <Sample name="Freshness">
        <FreshnessChip read={90_347} head={90_347} ageMs={300} />
        <FreshnessChip read={90_171} head={90_347} ageMs={41_000} />
        <FreshnessChip read={90_171} ageMs={41_000} />
        <FreshnessChip waitingFor={90_347} />
      </Sample>
      <Sample name="Banner">
        <Banner tone="accent" icon="eye" title="You see placement as it was at 14:02:11Z.">
          Actions are off until you go back to now.
        </Banner>
        <Banner tone="warn" icon="lock" title="Read-only: NATS has no leader.">
          Accepted jobs go on.
        </Banner>
        <Banner tone="bad" icon="bad" title="409 lock_conflict.">
          Held by another job.
        </Banner>
        <Banner tone="ok" icon="seal" title="Sealed through 90,180" />
        <Banner
          icon="eye"
          title="You can look, not change."
          end={<Button size="s">Ask for it</Button>}
        >
          You lack <code>control.jobs.create</code>.
        </Banner>
      </Sample>
      <Sample name="Empty, loading, error">
        <Panel
          title="Jobs"
          count={0}
          end={<FreshnessChip read={90_347} head={90_347} ageMs={300} />}
        >
          <EmptyState
            title="No job has run in prod-eu1 yet"
            command={"curl $CONTROL/admin/v1/plans/tenant-migrate"}
            actions={<Button variant="primary">Go to Tenants</Button>}
          >
            A job is one move, drain or rollout, with its plan, its gates and its proof.
          </EmptyState>
        </Panel>
        <Panel title="Tenants" end={<FreshnessChip waitingFor={90_347} />}>
          <Skeleton
            what="tenants"
            columns={[
              { head: "Tenant" },
              { head: "Aggregate" },
              { head: "State" },
              { head: "In flight", num: true },
            ]}
          />
        </Panel>
        <Panel title="Audit log">
          <ErrorState
            problem={{
              title: "The audit log cannot be read",
              detail: "CONTROL_AUDIT has no leader.",
              code: "503 log_unavailable",
              requestId: "req_01J9ZKS0T4M7C2X8B5WQ1RNE6G",
              correlationId: "cor_01J9ZKS0T2F9H6K3V8YDPA4J7M",
            }}
            stillTrue="Nothing was lost: an action that cannot be recorded is refused."
            onRetry={() => {}}
          />
        </Panel>
      </Sample>
    </>
  );
}
