// What the job page shows, computed from the job as the API gives it. Pure.
import type { Gate, Job, JobStep, Plan } from "~/api/types";
import { stepLook } from "~/components/words";
import type { GateView } from "~/ui/GateRow";
import { type Gantt, gantt } from "~/ui/gantt";
import { clock } from "~/util/format";
import type { Zone } from "~/util/zone";

const ms = (at: string | null | undefined) => (at ? Date.parse(at) : undefined);

/** When work began: the first step's start, which is later than the request. */
export function beganAt(job: Pick<Job, "steps">): number | undefined {
  const starts = job.steps.flatMap((step) => ms(step.started_at) ?? []);
  return starts.length > 0 ? Math.min(...starts) : undefined;
}

export function plannedMs(job: Pick<Job, "steps">): number {
  return job.steps.reduce((sum, step) => sum + step.expected_ms, 0);
}

const driving = new Set(["pending", "running", "compensating"]);

export function chartOf(job: Job, now: number): Gantt {
  const began = beganAt(job);
  const settled = new Set(["undone", "undoing", "failed", "skipped"]);
  const undone = new Set(["undone", "undoing"]);
  return gantt(
    job.steps.map((step) => ({
      id: step.id,
      plannedMs: step.expected_ms,
      // Once it is undone, its end is that of the undo; what it took by itself is not kept.
      startedAt: undone.has(step.state)
        ? (ms(step.undo_started_at) ?? ms(step.started_at))
        : ms(step.started_at),
      // A failed step has no end of its own: it lasted until the job gave up on it.
      finishedAt:
        ms(step.finished_at) ?? (step.state === "failed" ? ms(job.updated_at) : undefined),
      settled: settled.has(step.state),
    })),
    began,
    now,
    driving.has(job.state) && began !== undefined,
  );
}

/** How far the job is from its plan: at its end, or by forecast while it runs. */
export function againstPlan(
  job: Job,
  chart: Gantt,
): { endsAt: number; overMs: number } | undefined {
  const began = beganAt(job);
  if (began === undefined) return undefined;
  const endsAt = ms(job.finished_at) ?? (job.state === "running" ? chart.endsAt : undefined);
  if (endsAt === undefined) return undefined;
  return { endsAt, overMs: endsAt - began - plannedMs(job) };
}

export function isCurrent(step: JobStep): boolean {
  return ["running", "waiting", "undoing"].includes(step.state);
}

/** What is seen, what is needed, when it is tried next, when it gives up: one line. */
export function whyLine(step: JobStep, zone: Zone, now: number): string | undefined {
  const failed = step.error && (isCurrent(step) || step.state === "failed");
  const parts: string[] = [];
  if (step.waiting_because) parts.push(step.waiting_because);
  else if (failed) parts.push(`${step.error?.message} (${step.error?.code})`);
  const at = (text: string) => clock(new Date(text), zone, "auto", new Date(now));
  const next = ms(step.next_try_at);
  if (isCurrent(step) && next !== undefined) {
    const left = Math.ceil((next - now) / 1_000);
    parts.push(
      left > 0
        ? `Next try ${at(step.next_try_at ?? "")}, in ${left}\u00a0s.`
        : `Next try ${at(step.next_try_at ?? "")}, due.`,
    );
  }
  if (isCurrent(step) && step.gives_up_at) {
    const after = step.state === "undoing" ? "Becomes stuck" : "Gives up";
    parts.push(`${after} at ${at(step.gives_up_at)}.`);
  }
  return parts.length > 0 ? parts.map(dotted).join(" ") : undefined;
}

export const dotted = (text: string) =>
  /[.!?]$/.test(text.trim()) ? text.trim() : `${text.trim()}.`;

export type GateGroup = { head: string; gates: Gate[] };

/** In the order an operator asks: what holds the job now, what comes next, what held before. */
export function gateGroups(job: Job): GateGroup[] {
  const place = new Map(job.steps.map((step, index) => [step.id, index]));
  const current = job.steps.find(isCurrent)?.id;
  const groups = new Map<string, Gate[]>();
  for (const gate of job.gates) {
    const key = gate.step_id ?? "";
    groups.set(key, [...(groups.get(key) ?? []), gate]);
  }
  const rank = (id: string) => {
    if (id === current) return -2;
    if (id === "") return 1_000;
    const step = job.steps.find((each) => each.id === id);
    const index = place.get(id) ?? 0;
    return step?.state === "pending" ? -1 + index / 1_000 : 500 - index;
  };
  return [...groups.entries()]
    .sort(([a], [b]) => rank(a) - rank(b))
    .map(([id, gates]) => {
      const step = job.steps.find((each) => each.id === id);
      if (!step) return { head: "At preflight", gates };
      if (step.id === current) return { head: `Holds ${id}`, gates };
      return { head: step.state === "pending" ? `Before ${id}` : `Held at ${id}`, gates };
    });
}

/** A gate of a step that still has time says Not yet, never Fail. */
export function gateView(gate: Gate, job: Pick<Job, "steps">, now: number): GateView {
  const step = job.steps.find((each) => each.id === gate.step_id);
  const waiting = step && (isCurrent(step) || step.state === "pending");
  return {
    name: gate.id,
    verdict: gate.verdict === "fail" && waiting ? "not_yet" : gate.verdict,
    observed: gate.observed,
    limit: gate.threshold,
    ageMs: now - Date.parse(gate.observed_at),
    because: gate.because || undefined,
    overriddenBy: gate.overridden_by?.reason,
  };
}

/** `1·90,310`: a fence is incarnation × 2⁴⁰ + sequence. */
export function fencePosition(fence: number): string {
  const incarnation = Math.floor(fence / 2 ** 40);
  return `${incarnation}-${fence - incarnation * 2 ** 40}`;
}

export function movesOf(plan: Plan | null | undefined) {
  return plan?.base.moves ?? [];
}

/** Word and shape of a step. */
export const lookOf = (step: JobStep) => stepLook(step.state);
