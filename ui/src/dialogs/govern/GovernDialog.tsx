// Opens the form an ask is for. Loaded with the first of them.
import { useSession } from "~/session/session";
import type { GovernAsk } from "./asks";
import { DocumentDialog, RemoveDocumentAsk } from "./DocumentDialog";
import { RemoveRoleAsk, RoleDialog } from "./RoleDialog";
import { PasswordAsk, RemoveUserAsk, RevokeAllAsk, RevokeSessionAsk, StateAsk } from "./UserAsks";
import { UserDialog } from "./UserDialog";

export function GovernDialog({ ask, onClose }: { ask: GovernAsk; onClose: () => void }) {
  const own = useSession()?.principal.session_id;
  switch (ask.of) {
    case "user":
      return <UserDialog user={ask.user} onClose={onClose} />;
    case "user-state":
      return <StateAsk user={ask.user} onClose={onClose} />;
    case "password":
      return <PasswordAsk user={ask.user} onClose={onClose} />;
    case "revoke-all":
      return <RevokeAllAsk user={ask.user} onClose={onClose} />;
    case "user-remove":
      return <RemoveUserAsk user={ask.user} onClose={onClose} />;
    case "session-revoke":
      return (
        <RevokeSessionAsk
          session={ask.session}
          own={ask.session.session_id === own}
          onClose={onClose}
        />
      );
    case "role":
      return <RoleDialog role={ask.role} onClose={onClose} />;
    case "role-remove":
      return <RemoveRoleAsk role={ask.role} onClose={onClose} />;
    case "document":
      return (
        <DocumentDialog
          space={ask.space}
          document={ask.document}
          from={ask.from}
          onClose={onClose}
        />
      );
    case "document-remove":
      return <RemoveDocumentAsk space={ask.space} document={ask.document} onClose={onClose} />;
  }
}
