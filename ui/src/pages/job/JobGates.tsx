// What the job is judged by: what holds it now first, then what comes, then what held.
import type { Job } from "~/api/types";
import { GateList, GateRow, GateSection } from "~/ui/GateRow";
import { Panel } from "~/ui/Panel";
import { useNow } from "~/util/clock";
import { span } from "~/util/format";
import { gateGroups, gateView } from "./derive";
import css from "./JobPage.module.css";

export function JobGates({ job }: { job: Job }) {
  const now = useNow();
  const groups = gateGroups(job);
  const maxAge = job.gates[0]?.max_age_ms;
  const revision = job.plan?.base.policy_revision;
  return (
    <Panel
      shrink
      title="Gates"
      count={revision === undefined ? undefined : `policy revision ${revision}`}
      end={maxAge === undefined ? undefined : `max age ${span(maxAge)}`}
    >
      {groups.length === 0 ? (
        <p className={css.prose}>No gate has been looked at yet.</p>
      ) : (
        <GateList label="Gates" scrolls>
          {groups.map(({ head, gates }) => [
            <GateSection key={head}>{head}</GateSection>,
            ...gates.map((gate) => (
              <GateRow key={`${head} ${gate.id}`} gate={gateView(gate, job, now)} />
            )),
          ])}
        </GateList>
      )}
    </Panel>
  );
}
