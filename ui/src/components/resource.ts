// What of the Gateway's an audit record is about: where it has a page, and the write in words.

import { DEFINITION_KINDS } from "~/api/govern/types";
import type { AuditRow } from "~/api/types";
import type { IconName } from "~/ui/glyphs";
import { shortId } from "~/util/format";
import { oneOf } from "~/util/search";

type Row = Pick<AuditRow, "operation" | "resource" | "tenant_id">;

/** The resource is the part of the path below its area, percent-encoded: `users/ada`. */
function parts({ resource }: Row): [what: string, name: string] {
  const [what = "", ...rest] = (resource ?? "").split("/");
  const name = rest.join("/");
  try {
    return [what, decodeURIComponent(name)];
  } catch {
    return [what, name];
  }
}

/** The page of it; none for a list, and for what has no page. */
export function resourceWay(row: Row) {
  const [what, name] = parts(row);
  if (!name) return undefined;
  if (what === "users") return { to: "/users/$sub", params: { sub: name } } as const;
  if (what === "sessions")
    return { to: "/sessions/$session_id", params: { session_id: name } } as const;
  if (what === "roles") return { to: "/roles/$role", params: { role: name } } as const;
  if (what === "documents") {
    const search = { tenant: row.tenant_id ?? undefined };
    return { to: "/config/$name", params: { name }, search } as const;
  }
  const kind = oneOf(what, DEFINITION_KINDS);
  return kind && ({ to: "/definitions/$kind/$name", params: { kind, name } } as const);
}

const nouns: Record<string, { noun: string; icon: IconName }> = {
  users: { noun: "User", icon: "user" },
  sessions: { noun: "Session", icon: "sessions" },
  roles: { noun: "Role", icon: "roles" },
  documents: { noun: "Configuration", icon: "config" },
  aggregate: { noun: "Aggregate", icon: "definitions" },
  projection: { noun: "Projection", icon: "definitions" },
  runner: { noun: "Runner", icon: "definitions" },
};
const verbs: Record<string, string> = {
  create: "was made",
  update: "was changed",
  write: "was written",
  delete: "was removed",
  password: "has a new password",
  sign_out: "was signed out everywhere",
  revoke: "was revoked",
};

/** `User ada`, `was changed`; nothing for what is no write to the Gateway. */
export function writeText(row: Row): { subject: string; done: string; icon: IconName } | undefined {
  const [what, name] = parts(row);
  const known = nouns[what];
  const done = verbs[row.operation.split(".").at(-1) ?? ""];
  if (!known || !done || !/^(iam|config|definitions)\./.test(row.operation)) return undefined;
  const of = row.tenant_id ? ` of ${row.tenant_id}` : "";
  return { subject: `${known.noun} ${shortId(name)}${of}`.trim(), done, icon: known.icon };
}
