// Geometry of the step timeline: pure, in milliseconds, drawn in a 480-wide view box.
// Planned bars stand end to end from the start; actual ones where they happened; what is left is
// forecast from now.

export const GANTT_WIDTH = 480;
/** Short steps stay visible. */
const MIN_BAR = 3;
/** From a quarter over plan the part beyond it is marked. */
export const LATE_RATIO = 1.25;

export type GanttStep = {
  id: string;
  plannedMs: number;
  startedAt?: number | undefined;
  finishedAt?: number | undefined;
  /** Skipped, or past its undo: no forecast. */
  settled?: boolean | undefined;
};

export type Span = { x: number; w: number };
export type GanttRow = {
  id: string;
  plan: Span;
  actual?: Span | undefined;
  /** The part of `actual` beyond plan. */
  late?: Span | undefined;
  running: boolean;
  forecast?: Span | undefined;
  actualMs?: number | undefined;
  isLate: boolean;
};
export type Tick = { x: number; label?: string };
export type Gantt = { rows: GanttRow[]; nowX?: number | undefined; ticks: Tick[]; endsAt?: number };

const steps = [
  1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 14_400, 28_800, 86_400,
].map((seconds) => seconds * 1_000);

export function tickEvery(lengthMs: number): number {
  return steps.find((step) => lengthMs / step <= 8) ?? steps[steps.length - 1] ?? lengthMs;
}

/** `open` is false once the job has ended: nothing is forecast and there is no now. */
export function gantt(
  input: readonly GanttStep[],
  startedAt: number | undefined,
  now: number,
  open: boolean,
): Gantt {
  const origin = startedAt ?? now;
  const clock = Math.max(0, now - origin);
  let planned = 0;
  let cursor = clock;
  let last = 0;
  const bars = input.map((step) => {
    const plan = { from: planned, to: planned + step.plannedMs };
    planned = plan.to;
    const from = step.startedAt === undefined ? undefined : Math.max(0, step.startedAt - origin);
    const running = open && from !== undefined && step.finishedAt === undefined && !step.settled;
    const to =
      step.finishedAt === undefined
        ? running
          ? clock
          : from
        : Math.max(0, step.finishedAt - origin);
    const actualMs = from !== undefined && to !== undefined ? Math.max(0, to - from) : undefined;
    let forecast: { from: number; to: number } | undefined;
    if (open && running && actualMs !== undefined) {
      const left = Math.max(step.plannedMs - actualMs, step.plannedMs / 4, 1_000);
      forecast = { from: clock, to: clock + left };
    } else if (open && from === undefined && !step.settled) {
      forecast = { from: cursor, to: cursor + step.plannedMs };
    }
    if (forecast) cursor = Math.max(cursor, forecast.to);
    last = Math.max(last, plan.to, to ?? 0, forecast?.to ?? 0);
    return { step, plan, from, to, running, actualMs, forecast };
  });
  const length = Math.max(last, open ? clock : 0, 1_000);
  const every = tickEvery(length);
  const total = Math.ceil(length / every - 1e-6) * every;
  const x = (ms: number) => (ms / total) * GANTT_WIDTH;
  const toSpan = (from: number, to: number): Span => {
    const w = Math.max(x(to) - x(from), MIN_BAR);
    return { x: Math.min(x(from), GANTT_WIDTH - w), w };
  };
  const rows = bars.map(({ step, plan, from, to, running, actualMs, forecast }): GanttRow => {
    const isLate =
      actualMs !== undefined &&
      step.plannedMs > 0 &&
      actualMs >= step.plannedMs * LATE_RATIO &&
      actualMs - step.plannedMs >= 1_000;
    return {
      id: step.id,
      plan: toSpan(plan.from, plan.to),
      actual: from !== undefined && to !== undefined ? toSpan(from, to) : undefined,
      late:
        isLate && !running && from !== undefined && to !== undefined
          ? toSpan(from + step.plannedMs, to)
          : undefined,
      running,
      forecast: forecast && toSpan(forecast.from, forecast.to),
      actualMs,
      isLate,
    };
  });
  const nowX = open && startedAt !== undefined ? Math.min(x(clock), GANTT_WIDTH) : undefined;
  const forecastEnd = open ? origin + Math.max(cursor, clock) : undefined;
  return {
    rows,
    nowX,
    ticks: ticksOf(total, every, nowX),
    ...(forecastEnd === undefined ? {} : { endsAt: forecastEnd }),
  };
}

/** Every other line is labelled; labels that would touch `now` stay away. */
function ticksOf(total: number, every: number, nowX: number | undefined): Tick[] {
  const unit = every >= 3_600_000 ? 3_600_000 : every >= 60_000 ? 60_000 : 1_000;
  const letter = unit === 3_600_000 ? "h" : unit === 60_000 ? "m" : "s";
  const amount = Math.round(total / every);
  const ticks: Tick[] = [];
  for (let index = 0; index <= amount; index++) {
    const x = (index / amount) * GANTT_WIDTH;
    const edge = index === 0 || index === amount;
    // The last label is set to the left of its line, where a close neighbour would touch it.
    const close = index === amount - 1 && amount >= 5;
    const shown = edge || (!close && (amount <= 5 ? true : index % 2 === 0));
    const free = nowX === undefined || Math.abs(x - nowX) > 56 || (edge && Math.abs(x - nowX) > 70);
    const value = (index * every) / unit;
    const label = `${Number.isInteger(value) ? value : value.toFixed(1)}${edge ? `\u00a0${letter}` : ""}`;
    ticks.push(shown && (free || index === 0) ? { x, label } : { x });
  }
  return ticks;
}
