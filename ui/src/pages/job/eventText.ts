// One event of a job as a line: what happened, in the operator's words. Unknown events keep their
// name and say nothing, so that a newer API never breaks the page.
import type { JobEvent } from "~/api/types";
import type { IconName } from "~/ui/glyphs";
import type { Tone } from "~/ui/Status";
import { int, shortId, span } from "~/util/format";

export type EventLook = { tone: Tone; icon: IconName };

const looks: [RegExp, EventLook][] = [
  [/^(StepSucceeded|UndoSucceeded|Succeeded)$/, { tone: "ok", icon: "ok" }],
  [/^(StepStarted|StepResumed|Resumed|UndoStarted|UndoResumed)$/, { tone: "run", icon: "run" }],
  [/(AttemptFailed|RetryScheduled)$/, { tone: "warn", icon: "wait" }],
  [/^(Accepted)$/, { tone: "off", icon: "lock" }],
  [/^(Paused)$/, { tone: "warn", icon: "pause" }],
  [/^(CompensationStarted|RolledBack)$/, { tone: "warn", icon: "undo" }],
  [/^(BecameStuck)$/, { tone: "bad", icon: "stuck" }],
  [/^(Rejected|VerbRefused)$/, { tone: "bad", icon: "bad" }],
  [/^(StepSkipped)$/, { tone: "off", icon: "right" }],
  [/^(Cancelled)$/, { tone: "off", icon: "denied" }],
];

export function eventLook(type: string): EventLook {
  return looks.find(([name]) => name.test(type))?.[1] ?? { tone: "off", icon: "pending" };
}

type Fields = Record<string, unknown>;
const text = (value: unknown) => (typeof value === "string" ? value : "");
const number = (value: unknown) => (typeof value === "number" ? value : undefined);
const fields = (value: unknown): Fields =>
  typeof value === "object" && value !== null ? (value as Fields) : {};
const list = (value: unknown) => (Array.isArray(value) ? value.map(String) : []);

/** What a finished step left behind. */
function evidenceText(evidence: Fields): string {
  const seq = number(evidence.seq ?? evidence.at_seq);
  switch (evidence.type) {
    case "probed":
      return `${list(evidence.nodes).join(", ")} answered`;
    case "position":
      return `position ${seq === undefined ? "unknown" : int(seq)}`;
    case "digest":
      return `digest ${shortId(text(evidence.digest))} equal at ${seq === undefined ? "unknown" : int(seq)}`;
    case "flipped":
      return `now ${text(evidence.shard)}, epoch ${int(number(evidence.epoch) ?? 0)}, revision ${int(number(evidence.revision) ?? 0)}`;
    case "converged":
      return `${Object.keys(fields(evidence.gateways)).length} Gateways converged`;
    case "soaked":
      return `gates held for ${int(number(evidence.samples) ?? 0)} samples`;
    default:
      return "";
  }
}

function causeText(cause: Fields): string {
  switch (cause.type) {
    case "cancelled":
      return "cancelled by an operator";
    case "operator":
      return "by an operator";
    case "gate_failed":
      return `gate ${text(cause.gate)} failed before ${text(cause.step_id)}`;
    case "gate_unknown":
      return `gate ${text(cause.gate)} is unknown before ${text(cause.step_id)}`;
    case "step_failed":
      return `${text(cause.step_id)}: ${text(fields(cause.error).message)}`;
    case "deadline_exceeded":
      return "ran longer than its deadline";
    default:
      return "";
  }
}

export function eventText({ type, event }: Pick<JobEvent, "type" | "event">): string {
  const step = text(event.step_id);
  const error = fields(event.error);
  const join = (...parts: string[]) => parts.filter(Boolean).join(", ");
  if (/AttemptFailed$/.test(type)) {
    return `${step}, attempt ${number(event.attempt) ?? "?"}: ${text(error.message)}`;
  }
  if (/RetryScheduled$/.test(type)) {
    return `${step}, attempt ${number(event.attempt) ?? "?"} in ${span(number(event.delay_ms) ?? 0)}`;
  }
  if (/^(StepSucceeded|StepSkipped)$/.test(type)) {
    return join(step, evidenceText(fields(event.evidence)));
  }
  if (type === "GatesObserved") {
    const gates = Array.isArray(event.gates) ? event.gates.map(fields) : [];
    const failing = gates.filter((gate) => gate.verdict !== "pass").map((gate) => text(gate.id));
    return join(
      step,
      failing.length > 0 ? `not yet: ${failing.join(", ")}` : `${gates.length} gates pass`,
    );
  }
  if (type === "Accepted") {
    const held = fields(event.held);
    const actor = text(fields(fields(event.request).actor).sub);
    return join(
      actor,
      ...list(held.locks).map((lock) => `lock ${lock}`),
      ...list(held.permits).map((permit) => `permit ${permit}`),
    );
  }
  if (type === "Rejected") return text(fields(event.refusal).message);
  if (type === "VerbAccepted" || type === "VerbRefused") {
    const asked = fields(event.asked);
    const who = text(fields(asked.actor).sub);
    return join(
      `${text(asked.verb)} asked${who ? ` by ${who}` : ""}`,
      text(asked.reason),
      text(event.message),
    );
  }
  if (type === "BecameStuck") return `${step}: ${text(error.message)}`;
  if (type === "Planned") {
    const plan = fields(event.plan);
    const steps = Array.isArray(plan.steps) ? plan.steps.length : 0;
    return join(`${steps} steps`, text(plan.plan_hash) && `plan ${shortId(text(plan.plan_hash))}`);
  }
  if (type === "Paused" || type === "CompensationStarted") return causeText(fields(event.cause));
  return step;
}

export type EventLine =
  | { kind: "event"; event: JobEvent }
  | { kind: "fold"; id: string; events: JobEvent[]; what: string };

const FOLD_FROM = 4;

/** Long runs of retries of one step become one line that opens. Newest first, as given. */
export function foldEvents(events: readonly JobEvent[]): EventLine[] {
  const lines: EventLine[] = [];
  let run: JobEvent[] = [];
  const stepOf = (event: JobEvent) => text(event.event.step_id);
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
