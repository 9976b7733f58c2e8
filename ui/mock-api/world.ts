// The mock's whole state: who is signed in, the fleet, the jobs, the audit log. Rules are in
// rules.ts, HTTP in handlers.ts. Authoritative: what the real API refuses is refused here too.

import type { GatewaySession, Role, User } from "~/api/govern/types";
import type { AuditRow, Job, JobEvent, Receipt, ServiceKind, TenantRow } from "~/api/types";
import { shardsOf, tenantRows } from "./fleet";
import { firstPapers, type Paper } from "./govern/papers";
import { firstRoles, firstSessions, firstUsers } from "./govern/people";
import { scenario } from "./scenario";

export type Shard = {
  id: string;
  kind: ServiceKind;
  tenants: number;
  capacity: number;
  state: "active" | "cordoned";
  /** Its nodes do not answer. */
  unknown?: boolean;
};

export type World = {
  environment: string;
  signedIn: boolean;
  rights: string[];
  shards: Shard[];
  tenants: Map<string, TenantRow>;
  jobs: Map<string, Job>;
  events: Map<string, JobEvent[]>;
  audit: AuditRow[];
  /** Receipts by `<tenant> <kind> <Idempotency-Key>`, with the fingerprint of the body. */
  receipts: Map<string, { fingerprint: string; receipt: Receipt }>;
  revisions: Record<ServiceKind, number>;
  users: Map<string, User>;
  sessions: Map<string, GatewaySession>;
  roles: Map<string, Role>;
  /** By space and name. */
  papers: Map<string, Paper>;
  seq: number;
  auditSeq: number;
};

export const DEFAULT_RIGHTS = ["control.*"];

function build(): World {
  const roles = new Map(firstRoles().map((role) => [role.role, role]));
  const users = firstUsers(roles);
  for (const role of roles.values()) {
    role.users = users.filter((user) => user.roles.includes(role.role)).length;
  }
  const world: World = {
    environment: "prod-eu1",
    signedIn: true,
    rights: [...DEFAULT_RIGHTS],
    shards: shardsOf(),
    tenants: new Map(tenantRows().map((row) => [row.tenant_id, row])),
    jobs: new Map(),
    events: new Map(),
    audit: [],
    receipts: new Map(),
    revisions: { aggregate: 1_906, projection: 2_418, runner: 812 },
    roles,
    users: new Map(users.map((user) => [user.sub, user])),
    sessions: new Map(firstSessions(users).map((each) => [each.session_id, each])),
    papers: firstPapers(),
    seq: 90_347,
    auditSeq: 90_181,
  };
  scenario(world);
  return world;
}

export let world: World = build();

/** Back to the first state: before every test, and never while a page is open. */
export function resetWorld(): void {
  world = build();
}

export function now(offsetMs = 0): string {
  return new Date(Date.now() + offsetMs).toISOString();
}

const crockford = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/** A stable id for a text, so that the same request finds the same job. */
export function idOf(prefix: string, text: string): string {
  let hash = 2_166_136_261;
  let out = "";
  for (let index = 0; index < 26; index++) {
    for (const char of `${text}${index}`) hash = Math.imul(hash ^ char.charCodeAt(0), 16_777_619);
    out += crockford[(hash >>> 7) & 31];
  }
  return `${prefix}${out}`;
}

export function hexOf(text: string): string {
  let out = "";
  for (let index = 0; out.length < 64; index++) {
    let hash = 2_166_136_261 + index;
    for (const char of text) hash = Math.imul(hash ^ char.charCodeAt(0), 16_777_619);
    out += (hash >>> 0).toString(16).padStart(8, "0");
  }
  return out.slice(0, 64);
}

export function note(
  at: World,
  row: Partial<AuditRow> & Pick<AuditRow, "operation" | "result">,
): void {
  at.auditSeq += 1;
  at.audit.unshift({
    seq: `aud-${at.auditSeq}`,
    stream: "audit",
    sequence: at.auditSeq,
    at: now(),
    actor: "ines.moreau",
    session_id: "ses_01J9ZK0000000000000000E8VN",
    ...row,
  });
}
