// The steps of one job: state, sentence, tries, planned and actual time, and a Gantt with one
// now-line through all rows. Knows nothing of jobs; the caller maps its steps.
import type { ReactNode } from "react";
import { cx } from "~/util/cx";
import { span } from "~/util/format";
import { GANTT_WIDTH, type Gantt, type GanttRow, type Tick } from "./gantt";
import type { IconName } from "./glyphs";
import { Status, type Tone } from "./Status";
import css from "./StepTimeline.module.css";

export type StepView = {
  id: string;
  tone: Tone;
  icon: IconName;
  word: string;
  title: string;
  tries: number;
  plannedMs: number;
  /** The step in progress: highlighted, with `why` under it. */
  current?: boolean | undefined;
  todo?: boolean | undefined;
  why?: ReactNode;
  pointOfNoReturn?: boolean | undefined;
};

export function StepTimeline({
  steps,
  chart,
  pointOfNoReturn,
}: {
  steps: readonly StepView[];
  chart: Gantt;
  /** The sentence under the dashed rule. */
  pointOfNoReturn: ReactNode;
}) {
  // An id is never cut at its end: the column is as wide as the longest.
  const longest = Math.max(0, ...steps.map((step) => step.id.length));
  return (
    <table className={css.steps} aria-label="Steps">
      <colgroup>
        <col width={Math.max(116, longest * 7.3 + 22)} />
        <col width="90" />
        <col />
        <col width="40" />
        <col width="70" />
        <col width="74" />
        <col width="184" />
      </colgroup>
      <thead>
        <tr>
          <th>Step</th>
          <th>State</th>
          <th>What it does</th>
          <th className="num">Tries</th>
          <th className="num">Planned</th>
          <th className="num">Actual</th>
          <th className={css.chartCell}>
            <span className="vh">Time line</span>
            <Axis ticks={chart.ticks} nowX={chart.nowX} />
          </th>
        </tr>
      </thead>
      <tbody>
        {steps.map((step, index) => {
          const row = chart.rows[index];
          return (
            <StepRows key={step.id} step={step} row={row} chart={chart} rule={pointOfNoReturn} />
          );
        })}
      </tbody>
    </table>
  );
}

function StepRows({
  step,
  row,
  chart,
  rule,
}: {
  step: StepView;
  row: GanttRow | undefined;
  chart: Gantt;
  rule: ReactNode;
}) {
  return (
    <>
      <tr className={cx(step.current && css.now, step.todo && css.todo)}>
        <td className={css.id} title={step.id}>
          {step.id}
        </td>
        <td>
          <Status tone={step.tone} icon={step.icon}>
            {step.word}
          </Status>
        </td>
        <td className={cx(step.current && "strong")} title={step.title}>
          {step.title}
        </td>
        <td className={cx("num", step.tries > 1 && (step.current ? "c-warn" : "strong"))}>
          {step.tries > 0 ? step.tries : ""}
        </td>
        <td className="num t3">{span(step.plannedMs)}</td>
        <td className={cx("num", row?.isLate && "c-warn")}>
          {row?.actualMs === undefined ? "" : span(row.actualMs)}
        </td>
        <td className={css.chartCell}>{row && <Row row={row} chart={chart} />}</td>
      </tr>
      {step.why && (
        <tr className={css.why}>
          <td />
          <td colSpan={6}>{step.why}</td>
        </tr>
      )}
      {step.pointOfNoReturn && (
        <tr className={css.rule}>
          <td colSpan={7}>{rule}</td>
        </tr>
      )}
    </>
  );
}

/** Width of the chart column without its padding: the axis is drawn at its true size. */
const AXIS_WIDTH = 172;

function Axis({ ticks, nowX }: { ticks: readonly Tick[]; nowX: number | undefined }) {
  const scale = AXIS_WIDTH / GANTT_WIDTH;
  return (
    <svg className={css.axis} viewBox={`0 0 ${AXIS_WIDTH} 27`} aria-hidden="true">
      {ticks.map(({ x, label }, index) => {
        const anchor = index === 0 ? "start" : index === ticks.length - 1 ? "end" : "middle";
        return label ? (
          <text key={x} x={x * scale} y="18" textAnchor={anchor}>
            {label}
          </text>
        ) : null;
      })}
      {nowX !== undefined && nowX > 40 && (
        <text
          className={css.nowText}
          x={Math.min(nowX * scale, AXIS_WIDTH - 12)}
          y="18"
          textAnchor="middle"
        >
          now
        </text>
      )}
    </svg>
  );
}

function Row({ row, chart }: { row: GanttRow; chart: Gantt }) {
  return (
    <svg
      className={css.gantt}
      viewBox={`0 0 ${GANTT_WIDTH} 26`}
      preserveAspectRatio="none"
      aria-hidden="true"
    >
      {chart.ticks.slice(1, -1).map(({ x }) => (
        <path key={x} className={css.grid} d={`M${x} 0v26`} />
      ))}
      <rect className={css.plan} x={row.plan.x} y="15" width={row.plan.w} height="4" />
      {row.actual && (
        <rect
          className={row.running ? css.run : css.actual}
          x={row.actual.x}
          y="7"
          width={row.actual.w}
          height="7"
        />
      )}
      {row.late && <rect className={css.late} x={row.late.x} y="7" width={row.late.w} height="7" />}
      {row.forecast && (
        <rect
          className={css.forecast}
          x={row.forecast.x}
          y="7.5"
          width={row.forecast.w}
          height="6"
        />
      )}
      {chart.nowX !== undefined && <path className={css.nowLine} d={`M${chart.nowX} 0v26`} />}
    </svg>
  );
}

/** Names the four inks of the time line. */
export function TimelineLegend() {
  const marks = [
    { name: "planned", look: css.plan, y: 3, height: 3 },
    { name: "actual", look: css.actual, y: 1, height: 6 },
    { name: "over plan", look: css.late, y: 1, height: 6 },
    { name: "now", look: css.run, y: 1, height: 6 },
    { name: "forecast", look: css.forecast, y: 1.5, height: 5 },
  ];
  return (
    <span className={css.legend}>
      {marks.map(({ name, look, y, height }) => (
        <span key={name}>
          <svg viewBox="0 0 14 8" aria-hidden="true">
            <rect className={look} x="0.5" y={y} width="13" height={height} />
          </svg>
          {name}
        </span>
      ))}
    </span>
  );
}
