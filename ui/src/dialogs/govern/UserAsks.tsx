// Questions about one user or one session: each says what it does, what differs, and asks why.
import {
  changeUser,
  removeUser,
  revokeAll,
  revokeSession,
  setPassword,
} from "~/api/govern/mutations";
import { userQuery } from "~/api/govern/queries";
import type { GatewaySession, User, UserChange } from "~/api/govern/types";
import { Field } from "~/ui/Input";
import { count } from "~/util/format";
import { EditWithReason } from "../edit/EditWithReason";
import { useEdit } from "../edit/useEdit";
import { whatOf } from "./asks";
import { setDiff, valueDiff } from "./diffs";
import { IAM, readUser, useTold } from "./told";
import { passwordLacks } from "./UserDialog";

type Ask = { user: User; onClose: () => void };
/** The whole of what can be changed: the state alone cannot be sent. */
const changeOf = ({ display_name, state, roles, rights }: User): UserChange => ({
  display_name,
  state,
  roles,
  rights,
});

/** Disable or enable. */
export function StateAsk({ user, onClose }: Ask) {
  const told = useTold(onClose);
  const disabling = user.state === "active";
  const title = `${disabling ? "Disable" : "Enable"} ${user.username}`;
  const ask = { of: "user-state" as const, user };
  const edit = useEdit<UserChange, User>({
    what: whatOf(ask),
    title,
    ask,
    row: readUser(user, changeOf(user)),
    first: { ...changeOf(user), state: disabling ? "disabled" : "active" },
    lacks: () => undefined,
    latest: async () => {
      const now = await told.fetch(userQuery(user.sub));
      return readUser(now, changeOf(now));
    },
    send: (values, write) => changeUser(user.sub, values, write),
    touches: IAM,
    onDone: (_, flow) =>
      told.done(`${user.username} is ${disabling ? "disabled" : "enabled"}`, flow),
  });
  return (
    <EditWithReason
      edit={edit}
      title={title}
      onClose={onClose}
      says={
        disabling
          ? "They may not sign in any more, and every session of theirs is revoked now. Roles and rights stay."
          : "They may sign in again, with the roles and rights they have."
      }
      verb={{ label: disabling ? "Disable the user" : "Enable the user", armed: disabling }}
      diff={(before, after) => [
        ...valueDiff("display_name", before?.display_name, after.display_name),
        ...valueDiff("state", before?.state, after.state),
        ...setDiff("roles", before?.roles, after.roles),
        ...setDiff("own rights", before?.rights, after.rights),
      ]}
    />
  );
}

export function PasswordAsk({ user, onClose }: Ask) {
  const told = useTold(onClose);
  const title = `Set the password of ${user.username}`;
  const ask = { of: "password" as const, user };
  const edit = useEdit({
    what: whatOf(ask),
    title,
    ask,
    row: readUser(user, { password: "" }),
    first: { password: "" },
    secrets: ["password"],
    lacks: ({ password }) => passwordLacks(password),
    latest: async () => readUser(await told.fetch(userQuery(user.sub)), { password: "" }),
    merge: (_, mine) => ({ value: mine, conflicts: [] }),
    send: ({ password }, write) => setPassword(user.sub, password, write),
    touches: IAM,
    onDone: (_, flow) => told.done(`${user.username} has a new password`, flow),
  });
  return (
    <EditWithReason
      edit={edit}
      title={title}
      onClose={onClose}
      says="The old password stops working, and every session of theirs is revoked now."
      verb={{ label: "Set the password", armed: true }}
      diff={(_, after) =>
        after.password ? [{ key: "password", before: "the old one", after: "a new one" }] : []
      }
    >
      <Field
        label="New password"
        type="password"
        autoFocus
        autoComplete="new-password"
        hint="At least 12 letters. It is not kept in a draft and is in no log."
        value={edit.values.password}
        onChange={(event) => edit.set({ password: event.target.value })}
      />
    </EditWithReason>
  );
}

export function RevokeAllAsk({ user, onClose }: Ask) {
  const told = useTold(onClose);
  const title = `Revoke all sessions of ${user.username}`;
  const ask = { of: "revoke-all" as const, user };
  const edit = useEdit({
    what: whatOf(ask),
    title,
    ask,
    row: undefined,
    first: { sessions: "revoked" },
    lacks: () => undefined,
    send: (_, write) => revokeAll(user.sub, write),
    touches: IAM,
    onDone: ({ revoked }, flow) =>
      told.done(`${count(revoked, "session")} of ${user.username} revoked`, flow),
  });
  return (
    <EditWithReason
      edit={edit}
      title={title}
      onClose={onClose}
      says="Whoever works under this name is signed out with their next request. They may sign in again; disable the user to prevent that."
      verb={{ label: "Revoke all sessions", armed: true }}
      diff={() => [{ key: "sessions", before: "active", after: "revoked" }]}
    />
  );
}

export function RemoveUserAsk({ user, onClose }: Ask) {
  const told = useTold(onClose);
  const title = `Remove ${user.username}`;
  const ask = { of: "user-remove" as const, user };
  const edit = useEdit({
    what: whatOf(ask),
    title,
    ask,
    row: readUser(user, { removed: false }),
    first: { removed: true },
    lacks: () => undefined,
    latest: async () => readUser(await told.fetch(userQuery(user.sub)), { removed: false }),
    send: (_, write) => removeUser(user.sub, write),
    touches: IAM,
    onDone: (_, flow) => told.done(`${user.username} is removed`, flow, { to: "/users" }),
  });
  return (
    <EditWithReason
      edit={edit}
      title={title}
      onClose={onClose}
      says="The account is gone for good, and its sessions are revoked. What they did stays in the audit log. Disable them instead if they may come back."
      verb={{ label: "Remove the user", armed: true }}
      diff={() => [{ key: user.username, before: user.display_name, after: "removed" }]}
    />
  );
}

export function RevokeSessionAsk({
  session,
  own,
  onClose,
}: {
  session: GatewaySession;
  /** It is the one that asks. */
  own: boolean;
  onClose: () => void;
}) {
  const told = useTold(onClose);
  const title = `Revoke a session of ${session.username}`;
  const ask = { of: "session-revoke" as const, session };
  const edit = useEdit({
    what: whatOf(ask),
    title,
    ask,
    row: undefined,
    first: { state: "revoked" },
    lacks: () => undefined,
    send: (_, write) => revokeSession(session.session_id, write),
    touches: IAM,
    onDone: (_, flow) => told.done(`A session of ${session.username} is revoked`, flow),
  });
  return (
    <EditWithReason
      edit={edit}
      title={title}
      onClose={onClose}
      says={
        own
          ? "This is your own session: you are signed out with your next request."
          : "Their next request is refused, and they have to sign in again."
      }
      verb={{ label: "Revoke the session", armed: true }}
      diff={() => [{ key: session.session_id, before: session.state, after: "revoked" }]}
    />
  );
}
