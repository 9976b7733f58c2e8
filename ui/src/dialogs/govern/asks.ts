// What can be asked of the Gateway's administration, as data: a draft keeps it to open its form again.
import type { GatewaySession, Role, Space, User, VersionedDocument } from "~/api/govern/types";

export type GovernAsk =
  /** Without a user, a new one. */
  | { of: "user"; user?: User | undefined }
  | { of: "user-state"; user: User }
  | { of: "password"; user: User }
  | { of: "revoke-all"; user: User }
  | { of: "user-remove"; user: User }
  | { of: "session-revoke"; session: GatewaySession }
  | { of: "role"; role?: Role | undefined }
  | { of: "role-remove"; role: Role }
  /** Without a document, a new one; `from` is the version whose content it begins with. */
  | {
      of: "document";
      space: Space;
      document?: VersionedDocument | undefined;
      from?: VersionedDocument | undefined;
    }
  | { of: "document-remove"; space: Space; document: VersionedDocument };

/** The row an ask is about, for finding its drafts: `user ada`, `document tenant acme limits`. */
export function aboutOf(ask: GovernAsk): string {
  switch (ask.of) {
    case "user":
    case "user-state":
    case "password":
    case "revoke-all":
    case "user-remove":
      return `user ${ask.user?.sub ?? ""}`;
    case "session-revoke":
      return `session ${ask.session.session_id}`;
    case "role":
    case "role-remove":
      return `role ${ask.role?.role ?? ""}`;
    case "document":
      return aboutDocument(ask.space, (ask.document ?? ask.from)?.name);
    case "document-remove":
      return aboutDocument(ask.space, ask.document.name);
  }
}

export function aboutDocument(space: Space, name = ""): string {
  const where =
    space.of === "platform"
      ? "platform"
      : space.of === "tenant"
        ? `tenant ${space.tenant_id}`
        : space.kind;
  return `document ${where} ${name}`;
}

/** Names the draft of an ask: what is done, and to what. */
export const whatOf = (ask: GovernAsk) => `${ask.of} ${aboutOf(ask)}`;

export function isGovernAsk(value: unknown): value is GovernAsk {
  return typeof value === "object" && value !== null && "of" in value;
}
