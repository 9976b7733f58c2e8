// The words and shapes of every state, in one place. A state the API invents later is shown as it
// is, with the shape of Unknown.
import type { SessionState, UserState } from "~/api/govern/types";
import type { AuditResult, JobState, StepState, TenantState, Verdict } from "~/api/types";
import type { IconName } from "~/ui/glyphs";
import type { Tone } from "~/ui/Status";

export type Look = { tone: Tone; icon: IconName; word: string };

const jobStates: Record<JobState, Look> = {
  pending: { tone: "off", icon: "pending", word: "Pending" },
  running: { tone: "run", icon: "run", word: "Running" },
  paused: { tone: "warn", icon: "pause", word: "Paused" },
  compensating: { tone: "warn", icon: "undo", word: "Compensating" },
  stuck: { tone: "bad", icon: "stuck", word: "Stuck" },
  succeeded: { tone: "ok", icon: "ok", word: "Succeeded" },
  cancelled: { tone: "off", icon: "denied", word: "Cancelled" },
  rolled_back: { tone: "warn", icon: "undo", word: "Rolled back" },
  rejected: { tone: "bad", icon: "bad", word: "Rejected" },
};

const stepStates: Record<StepState, Look> = {
  pending: { tone: "off", icon: "pending", word: "Pending" },
  running: { tone: "run", icon: "run", word: "Running" },
  waiting: { tone: "run", icon: "run", word: "Waiting" },
  done: { tone: "ok", icon: "ok", word: "Done" },
  skipped: { tone: "off", icon: "right", word: "Skipped" },
  failed: { tone: "bad", icon: "bad", word: "Failed" },
  undoing: { tone: "warn", icon: "undo", word: "Undoing" },
  undone: { tone: "off", icon: "undo", word: "Undone" },
};

const tenantStates: Record<TenantState, Look> = {
  active: { tone: "ok", icon: "ok", word: "Active" },
  moving: { tone: "run", icon: "run", word: "Moving" },
  draining: { tone: "warn", icon: "drain", word: "Draining" },
  drained: { tone: "off", icon: "drain", word: "Drained" },
  stuck: { tone: "bad", icon: "stuck", word: "Stuck" },
  unknown: { tone: "unk", icon: "unknown", word: "Unknown" },
};

const verdicts: Record<Verdict | "not_yet", Look> = {
  pass: { tone: "ok", icon: "ok", word: "Pass" },
  fail: { tone: "bad", icon: "bad", word: "Fail" },
  unknown: { tone: "unk", icon: "unknown", word: "Unknown" },
  not_yet: { tone: "warn", icon: "wait", word: "Not yet" },
};

const userStates: Record<UserState, Look> = {
  active: { tone: "ok", icon: "ok", word: "Active" },
  disabled: { tone: "off", icon: "denied", word: "Disabled" },
};

const sessionStates: Record<SessionState, Look> = {
  active: { tone: "ok", icon: "ok", word: "Active" },
  revoked: { tone: "bad", icon: "denied", word: "Revoked" },
  expired: { tone: "off", icon: "wait", word: "Expired" },
};

const results: Record<AuditResult, Look> = {
  pending: { tone: "off", icon: "pending", word: "Pending" },
  ok: { tone: "ok", icon: "ok", word: "Ok" },
  error: { tone: "bad", icon: "bad", word: "Error" },
  denied: { tone: "bad", icon: "bad", word: "Denied" },
  unknown: { tone: "unk", icon: "unknown", word: "Unknown" },
};

function lookIn(table: Record<string, Look>, value: string | null | undefined): Look {
  return table[value ?? ""] ?? { tone: "unk", icon: "unknown", word: sentence(value ?? "unknown") };
}

export const jobLook = (state: string) => lookIn(jobStates, state);
export const stepLook = (state: string) => lookIn(stepStates, state);
export const tenantLook = (state: string | null | undefined) => lookIn(tenantStates, state);
export const verdictLook = (verdict: string) => lookIn(verdicts, verdict);
export const userLook = (state: string) => lookIn(userStates, state);
export const sessionLook = (state: string) => lookIn(sessionStates, state);
export const resultLook = (result: string) => lookIn(results, result);

export const JOB_STATES = Object.keys(jobStates) as JobState[];
export const USER_STATES = Object.keys(userStates) as UserState[];
export const SESSION_STATES = Object.keys(sessionStates) as SessionState[];
export const TENANT_STATES = Object.keys(tenantStates) as TenantState[];

/** `rolled_back` → `Rolled back`. */
export function sentence(value: string): string {
  const text = value.replaceAll(/[_-]/g, " ");
  return text.charAt(0).toUpperCase() + text.slice(1);
}

const verbs: Record<string, string> = {
  "tenant-migrate": "Migrate",
  "tenant-migrate-finalize": "Finalize",
  "tenant-drain": "Drain",
  "tenant-undrain": "Undrain",
  "node-drain": "Drain node",
  "node-undrain": "Undrain node",
  "shard-evacuate": "Evacuate",
  "routing-reload": "Reload routing",
  "service-deploy": "Deploy",
  "service-rollback": "Roll back",
  "service-scale": "Scale",
  "service-restart": "Restart",
};

/** `tenant-migrate` → `Migrate`. */
export const jobVerb = (kind: string) => verbs[kind] ?? sentence(kind);

/** `Migrate acme`. */
export function jobTitle(job: { kind: string; tenant_id?: string | null | undefined }): string {
  const verb = jobVerb(job.kind);
  return job.tenant_id ? `${verb} ${job.tenant_id}` : verb;
}

const open = new Set(["pending", "running", "paused", "compensating", "stuck"]);

/** Whether a job holds its locks still. */
export function isOpen(state: string): boolean {
  return open.has(state);
}
