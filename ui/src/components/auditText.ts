// One audit record as a person would say it, with the shape of what it did. Operations of a newer
// API keep their own name, so that nothing is ever hidden.
import type { AuditRow } from "~/api/types";
import type { IconName } from "~/ui/glyphs";
import type { Tone } from "~/ui/Status";
import { int } from "~/util/format";
import { writeText } from "./resource";
import { jobTitle, resultLook } from "./words";

export type Told = { tone: Tone; icon: IconName; what: string; note: string };

type Brief = { shard?: unknown; epoch?: unknown };
const brief = (value: unknown): Brief =>
  typeof value === "object" && value !== null ? (value as Brief) : {};
const text = (value: unknown) => (typeof value === "string" ? value : undefined);
const epoch = (value: unknown) => (typeof value === "number" ? int(value) : "?");

const ends: Record<string, { tone: Tone; icon: IconName; word: string }> = {
  "job.succeeded": { tone: "ok", icon: "ok", word: "succeeded" },
  "job.cancelled": { tone: "off", icon: "denied", word: "was cancelled" },
  "job.rolled_back": { tone: "warn", icon: "undo", word: "was rolled back" },
  "job.rejected": { tone: "bad", icon: "bad", word: "was rejected" },
};
const verbs: Record<string, { icon: IconName; word: string }> = {
  "jobs.cancel": { icon: "denied", word: "Cancel" },
  "jobs.pause": { icon: "pause", word: "Pause" },
  "jobs.resume": { icon: "right", word: "Resume" },
  "jobs.retry": { icon: "retry", word: "Retry" },
};

/** Reads, sign-ins and sign-outs are on record too, but change nothing that is run. */
export function isChange(row: Pick<AuditRow, "operation">): boolean {
  return !/(^session\.|\.(read|list|export)$)/.test(row.operation);
}

export function auditText(row: AuditRow): Told {
  const who = row.actor ?? row.claimed ?? "unknown";
  const note = [row.result === "ok" ? undefined : row.detail, row.reason, who]
    .filter(Boolean)
    .join(" · ");
  const bad = row.result !== "ok";
  const look = resultLook(row.result);
  const job = row.kind
    ? jobTitle({ kind: row.kind, tenant_id: row.tenant_id })
    : `A job${row.tenant_id ? ` for ${row.tenant_id}` : ""}`;
  const tell = (icon: IconName, what: string, tone: Tone = "off"): Told =>
    bad
      ? { tone: look.tone, icon: look.icon, what: `${what} ${failing[row.result]}`, note }
      : { tone, icon, what, note };
  const end = ends[row.operation];
  if (end) return { tone: end.tone, icon: end.icon, what: `${job} ${end.word}`, note };
  if (row.operation === "jobs.create")
    return bad ? tell("lock", job) : tell("lock", `${job} started`);
  const verb = verbs[row.operation];
  if (verb) return tell(verb.icon, `${verb.word} of ${row.tenant_id ?? "a job"} asked`);
  if (row.operation === "placement.flip" && row.change) {
    const [before, after] = [brief(row.change.before), brief(row.change.after)];
    const moved = `epoch ${epoch(before.epoch)} → ${epoch(after.epoch)}`;
    const kind = row.change.bucket.replace(/_placement$/, "");
    const what = `${row.tenant_id ?? row.change.key} moved to ${text(after.shard) ?? "another shard"}`;
    return { tone: "run", icon: "move", what, note: `${kind}, ${moved} · ${who}` };
  }
  if (row.operation === "session.create")
    return tell("user", bad ? `Sign-in of ${who}` : `${who} signed in`);
  if (row.operation === "session.delete") return tell("signOut", `${who} signed out`);
  const write = writeText(row);
  if (write) return tell(write.icon, bad ? write.subject : `${write.subject} ${write.done}`);
  const what = [row.operation, row.tenant_id].filter(Boolean).join(" ");
  return tell("audit", what, look.tone);
}

const failing: Record<AuditRow["result"], string> = {
  pending: "is being written",
  ok: "",
  error: "was refused",
  denied: "was denied",
  unknown: "has an unknown end",
};
