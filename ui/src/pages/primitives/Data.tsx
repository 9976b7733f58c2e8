// Things that show data: a table of ten thousand rows, gates, a difference, a time line.
import { useState } from "react";
import { Bar } from "~/ui/Bar";
import { Code } from "~/ui/Code";
import { DataTable } from "~/ui/DataTable";
import { DiffBlock } from "~/ui/DiffBlock";
import { GateList, GateRow, GateSection } from "~/ui/GateRow";
import { gantt } from "~/ui/gantt";
import { Panel } from "~/ui/Panel";
import { StepTimeline, TimelineLegend } from "~/ui/StepTimeline";
import { int } from "~/util/format";
import css from "./PrimitivesPage.module.css";
import { Sample } from "./Sample";

type Row = { id: string; tenants: number };
const rows: Row[] = Array.from({ length: 10_000 }, (_, index) => ({
  id: `tenant-${String(index + 1).padStart(5, "0")}`,
  tenants: (index * 7919) % 1_000,
}));

const began = 1_000_000;
const chart = gantt(
  [
    { id: "a", plannedMs: 210_000, startedAt: began, finishedAt: began + 232_000 },
    { id: "b", plannedMs: 20_000, startedAt: began + 232_000, finishedAt: began + 263_000 },
    { id: "c", plannedMs: 5_000, startedAt: began + 263_000 },
    { id: "d", plannedMs: 120_000 },
  ],
  began,
  began + 304_000,
  true,
);

export function Data() {
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const [desc, setDesc] = useState(true);
  const sorted = desc ? rows : [...rows].reverse();
  return (
    <>
      <Sample name="Table of 10,000 rows">
        <div className={css.tall}>
          <Panel fill label="Table" foot={`${int(rows.length)} rows, ${selected.size} selected`}>
            <DataTable
              label="Tenants"
              rows={sorted}
              rowId={(row) => row.id}
              selected={selected}
              onSelect={setSelected}
              sort={{ id: "id", desc }}
              onSort={(next) => setDesc(next.desc)}
              columns={[
                {
                  id: "id",
                  head: "Tenant",
                  sortable: true,
                  cell: (row) => <span className="strong">{row.id}</span>,
                },
                {
                  id: "bar",
                  head: "Used",
                  width: 160,
                  cell: (row) => (
                    <Bar
                      share={row.tenants / 1_000}
                      tick={0.8}
                      tone={row.tenants > 800 ? "warn" : "neutral"}
                    />
                  ),
                },
                {
                  id: "n",
                  head: "In flight",
                  width: 96,
                  num: true,
                  cell: (row) => int(row.tenants),
                },
              ]}
            />
          </Panel>
        </div>
      </Sample>
      <Sample name="Gates, difference, code">
        <Panel title="Gates" count="policy revision 14">
          <GateList label="Gates">
            <GateSection>Holds 09.barrier</GateSection>
            <GateRow
              gate={{
                name: "routing.converged",
                verdict: "not_yet",
                observed: "2 of 3",
                limit: "3 of 3",
                ageMs: 800,
                because: "gw-03 is at 2,417.",
              }}
            />
            <GateSection>Before 10.soak</GateSection>
            <GateRow
              gate={{
                name: "target.ready",
                verdict: "pass",
                observed: "ready",
                limit: "= ready",
                ageMs: 800,
              }}
            />
            <GateRow
              gate={{
                name: "source.ready",
                verdict: "unknown",
                observed: "no reading",
                limit: "ready",
                ageMs: 72_000,
                because: "run-03 has not answered.",
                overriddenBy: "host lost",
              }}
            />
            <GateRow
              gate={{
                name: "target.headroom",
                verdict: "fail",
                observed: "17.6 %",
                limit: "≥ 20 %",
                ageMs: 2_400,
                because: "Too little is left.",
              }}
            />
          </GateList>
        </Panel>
        <Panel title="Difference">
          <DiffBlock
            diffs={[
              {
                key: "tenant.umbrella",
                where: "runner_placement, revision 812 → 813",
                before: '"shard": "run-03", "epoch": 4',
                after: '"shard": "run-04", "epoch": 5',
              },
            ]}
          />
        </Panel>
        <Code
          label="Copy command"
          text={"nats sub --stream CONTROL_EVENTS \\\n  --start-sequence 90211"}
        />
      </Sample>
      <Sample name="Step time line">
        <Panel title="Steps" count="2 of 4 done" end={<TimelineLegend />}>
          <StepTimeline
            chart={chart}
            pointOfNoReturn="Point of no return. Before it a failure or a cancel is undone."
            steps={[
              {
                id: "03.catch-up",
                tone: "ok",
                icon: "ok",
                word: "Done",
                title: "Replay acme",
                tries: 1,
                plannedMs: 210_000,
              },
              {
                id: "04.drain",
                tone: "ok",
                icon: "ok",
                word: "Done",
                title: "Drain acme",
                tries: 2,
                plannedMs: 20_000,
                pointOfNoReturn: true,
              },
              {
                id: "09.barrier",
                tone: "run",
                icon: "run",
                word: "Waiting",
                title: "Every Gateway applies 2,418",
                tries: 8,
                plannedMs: 5_000,
                current: true,
                why: "gw-03 reports 2,417 and needs 2,418.",
              },
              {
                id: "10.soak",
                tone: "off",
                icon: "pending",
                word: "Pending",
                title: "Hold for 2 min",
                tries: 0,
                plannedMs: 120_000,
                todo: true,
              },
            ]}
          />
        </Panel>
      </Sample>
    </>
  );
}
