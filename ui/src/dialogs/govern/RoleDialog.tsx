// A role, made, changed or removed: what it is for and which rights it brings.
import { changeRole, createRole, removeRole } from "~/api/govern/mutations";
import { roleQuery } from "~/api/govern/queries";
import type { Role } from "~/api/govern/types";
import { Field } from "~/ui/Input";
import { count } from "~/util/format";
import { EditWithReason } from "../edit/EditWithReason";
import { type Read, useEdit } from "../edit/useEdit";
import { whatOf } from "./asks";
import { setDiff, valueDiff } from "./diffs";
import { RightsPicker } from "./RightsPicker";
import { IAM, useTold } from "./told";

type Form = { role: string; description: string; rights: string[] };

const formOf = ({ role, description, rights }: Role): Form => ({ role, description, rights });
const read = <V,>(role: Role, values: V): Read<V> => ({
  values,
  version: role.version,
  by: role.updated_by,
  at: role.updated_at,
});

const NAME = /^[a-z0-9][a-z0-9._-]{0,62}$/;

function lacksOf(form: Form): string | undefined {
  if (form.role === "") return "A name is needed";
  if (!NAME.test(form.role)) return "The name is small letters, digits, dots, hyphens";
  return form.description.length > 500 ? "The description is too long" : undefined;
}

export function RoleDialog({ role, onClose }: { role?: Role | undefined; onClose: () => void }) {
  const told = useTold(onClose);
  const title = role ? `Edit the role ${role.role}` : "New role";
  const ask = { of: "role" as const, role };
  const edit = useEdit<Form, Role>({
    what: whatOf(ask),
    title,
    ask,
    row: role && read(role, formOf(role)),
    first: role ? formOf(role) : { role: "", description: "", rights: [] },
    lacks: lacksOf,
    latest:
      role &&
      (async () => {
        const now = await told.fetch(roleQuery(role.role));
        return read(now, formOf(now));
      }),
    send: ({ role: name, description, rights }, write) =>
      role
        ? changeRole(role.role, { description, rights }, write)
        : createRole({ role: name, description, rights }, write),
    touches: IAM,
    onDone: (made, flow) =>
      told.done(`The role ${made.role} is ${role ? "changed" : "made"}`, flow, {
        to: "/roles/$role",
        params: { role: made.role },
      }),
  });
  const { values, set } = edit;
  return (
    <EditWithReason
      wide
      edit={edit}
      title={title}
      head={
        role &&
        role.users > 0 && (
          <span className="t2 fs12">
            {count(role.users, "user")} {role.users === 1 ? "has" : "have"} it: what changes here
            changes for them
          </span>
        )
      }
      onClose={onClose}
      verb={{ label: role ? "Save" : "Make the role" }}
      diff={(before, after) => [
        ...valueDiff("role", before?.role, after.role),
        ...valueDiff("description", before?.description, after.description),
        ...setDiff("rights", before?.rights, after.rights),
      ]}
    >
      {!role && (
        <Field
          label="Name"
          mono
          autoFocus
          autoComplete="off"
          spellCheck={false}
          value={values.role}
          hint="Never changes"
          onChange={(event) => set({ role: event.target.value })}
        />
      )}
      <Field
        label="What it is for"
        autoComplete="off"
        value={values.description}
        onChange={(event) => set({ description: event.target.value })}
      />
      <RightsPicker
        label="Rights it brings"
        value={values.rights}
        onChange={(rights) => set({ rights })}
      />
    </EditWithReason>
  );
}

export function RemoveRoleAsk({ role, onClose }: { role: Role; onClose: () => void }) {
  const told = useTold(onClose);
  const title = `Remove the role ${role.role}`;
  const ask = { of: "role-remove" as const, role };
  const edit = useEdit({
    what: whatOf(ask),
    title,
    ask,
    row: read(role, { removed: false }),
    first: { removed: true },
    lacks: () => undefined,
    latest: async () => read(await told.fetch(roleQuery(role.role)), { removed: false }),
    send: (_, write) => removeRole(role.role, write),
    touches: IAM,
    onDone: (_, flow) => told.done(`The role ${role.role} is removed`, flow, { to: "/roles" }),
  });
  return (
    <EditWithReason
      edit={edit}
      title={title}
      onClose={onClose}
      says="Nobody has it, so nobody loses a right. Its name may be used again."
      verb={{ label: "Remove the role", armed: true }}
      diff={() => [{ key: role.role, before: role.description || "a role", after: "removed" }]}
    />
  );
}
