// One event of a job as a line: what happened, in the operator's words. Types and fields are those
// of the schema; an event of a newer API keeps its name and says nothing, and breaks no page.
import type { Evidence, JobEvent } from "~/api/types";
import type { IconName } from "~/ui/glyphs";
import type { Tone } from "~/ui/Status";
import { count, int, shortId, span } from "~/util/format";

export type EventLook = { tone: Tone; icon: IconName };
type Stored = JobEvent["event"];
type Of<T extends Stored["type"]> = Extract<Stored, { type: T }>;

const done: EventLook = { tone: "ok", icon: "ok" };
const goes: EventLook = { tone: "run", icon: "run" };
const again: EventLook = { tone: "warn", icon: "wait" };
const refused: EventLook = { tone: "bad", icon: "bad" };
const back: EventLook = { tone: "warn", icon: "undo" };
const noted: EventLook = { tone: "off", icon: "pending" };

const looks: Record<Stored["type"], EventLook> = {
  Accepted: { tone: "off", icon: "lock" },
  Rejected: refused,
  Planned: { tone: "off", icon: "check" },
  GatesObserved: { tone: "off", icon: "eye" },
  StepStarted: goes,
  StepResumed: goes,
  StepAttemptFailed: again,
  RetryScheduled: again,
  StepSucceeded: done,
  StepSkipped: { tone: "off", icon: "right" },
  VerbAccepted: { tone: "off", icon: "user" },
  VerbRefused: refused,
  Paused: { tone: "warn", icon: "pause" },
  Resumed: goes,
  CompensationStarted: back,
  UndoStarted: back,
  UndoResumed: back,
  UndoAttemptFailed: again,
  UndoRetryScheduled: again,
  UndoSucceeded: { tone: "off", icon: "undo" },
  BecameStuck: { tone: "bad", icon: "stuck" },
  Succeeded: done,
  Cancelled: { tone: "off", icon: "denied" },
  RolledBack: back,
};

export function eventLook(type: string): EventLook {
  return looks[type as Stored["type"]] ?? noted;
}

const join = (...parts: (string | null | undefined)[]) => parts.filter(Boolean).join(", ");

/** What a finished step left behind. */
function evidenceText(evidence: Evidence): string {
  switch (evidence.type) {
    case "probed":
      return `${evidence.nodes.join(", ")} answered`;
    case "position":
      return `position ${int(evidence.seq)}`;
    case "digest":
      return `digest ${shortId(evidence.digest)} equal at ${int(evidence.at_seq)}`;
    case "flipped":
      return `now ${evidence.shard}, epoch ${int(evidence.epoch)}, revision ${int(evidence.revision)}`;
    case "converged":
      return `${count(Object.keys(evidence.gateways).length, "Gateway")} converged`;
    case "soaked":
      return `gates held for ${count(evidence.samples, "sample")}`;
    case "done":
      return "";
  }
  return "";
}

function causeText(cause: Of<"Paused">["cause"] | Of<"CompensationStarted">["cause"]): string {
  switch (cause.type) {
    case "cancelled":
      return "cancelled by an operator";
    case "operator":
      return "by an operator";
    case "gate_failed":
      return `gate ${cause.gate} failed before ${cause.step_id}`;
    case "gate_unknown":
      return `gate ${cause.gate} is unknown before ${cause.step_id}`;
    case "step_failed":
      return `${cause.step_id}: ${cause.error.message}`;
    case "deadline_exceeded":
      return "ran longer than its deadline";
  }
  return "";
}

function gatesText(event: Of<"GatesObserved">): string {
  const open = event.gates.filter((gate) => gate.verdict !== "pass").map((gate) => gate.id);
  const all = `${count(event.gates.length, "gate")} ${event.gates.length === 1 ? "passes" : "pass"}`;
  return join(event.step_id, open.length > 0 ? `not yet: ${open.join(", ")}` : all);
}

function askedText({ asked }: Of<"VerbAccepted"> | Of<"VerbRefused">): string {
  return join(`${asked.verb} asked by ${asked.actor.sub}`, asked.reason);
}

/** Fields are read only where the type promises them, so that a newer event makes a line too. */
export function eventText({ event }: Pick<JobEvent, "event">): string {
  switch (event.type) {
    case "Accepted":
      return join(
        event.request.actor.sub,
        ...event.held.locks.map((lock) => `lock ${lock}`),
        ...event.held.permits.map((permit) => `permit ${permit}`),
      );
    case "Rejected":
      return event.refusal.message;
    case "Planned":
      return join(count(event.plan.steps.length, "step"), `plan ${shortId(event.plan.plan_hash)}`);
    case "GatesObserved":
      return gatesText(event);
    case "StepAttemptFailed":
    case "UndoAttemptFailed":
      return `${event.step_id}, attempt ${event.attempt}: ${event.error.message}`;
    case "RetryScheduled":
    case "UndoRetryScheduled":
      return `${event.step_id}, attempt ${event.attempt} in ${span(event.delay_ms)}`;
    case "StepSucceeded":
    case "StepSkipped":
      return join(event.step_id, evidenceText(event.evidence));
    case "BecameStuck":
      return `${event.step_id}: ${event.error.message}`;
    case "VerbAccepted":
      return askedText(event);
    case "VerbRefused":
      return join(askedText(event), event.message);
    case "Paused":
    case "CompensationStarted":
      return causeText(event.cause);
    case "StepStarted":
    case "StepResumed":
    case "UndoStarted":
    case "UndoResumed":
    case "UndoSucceeded":
      return event.step_id;
    case "Resumed":
    case "Succeeded":
    case "Cancelled":
    case "RolledBack":
      return "";
  }
  return stepIn(event);
}

function stepIn(event: object): string {
  return "step_id" in event ? String(event.step_id) : "";
}

export type EventLine =
  | { kind: "event"; event: JobEvent }
  | { kind: "fold"; id: string; events: JobEvent[]; what: string };

const FOLD_FROM = 4;

/** Long runs of retries of one step become one line that opens. Newest first, as given. */
export function foldEvents(events: readonly JobEvent[]): EventLine[] {
  const lines: EventLine[] = [];
  let run: JobEvent[] = [];
  const stepOf = ({ event }: JobEvent) => stepIn(event);
  const isRetry = (event: JobEvent) => /(AttemptFailed|RetryScheduled)$/.test(event.type);
  const flush = () => {
    // The newest pair stays in sight; the rest folds.
    const shown = run.length >= FOLD_FROM + 2 ? run.slice(0, 2) : run;
    const folded = run.slice(shown.length);
    for (const event of shown) lines.push({ kind: "event", event });
    const [first] = folded;
    const last = folded.at(-1);
    if (first && last) {
      lines.push({
        kind: "fold",
        id: `${last.seq}-${first.seq}`,
        events: folded,
        what: `from ${int(last.seq)} to ${int(first.seq)}: attempts of ${stepOf(first)}`,
      });
    }
    run = [];
  };
  for (const event of events) {
    const previous = run.at(-1);
    if (isRetry(event) && (!previous || stepOf(previous) === stepOf(event))) {
      run.push(event);
      continue;
    }
    flush();
    if (isRetry(event)) run.push(event);
    else lines.push({ kind: "event", event });
  }
  flush();
  return lines;
}
