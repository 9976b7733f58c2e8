// A user, made or changed: name, state, roles and rights; beside it what they gain and lose by it.
import { useQuery } from "@tanstack/react-query";
import { changeUser, createUser } from "~/api/govern/mutations";
import { allRolesQuery, userQuery } from "~/api/govern/queries";
import type { User, UserState } from "~/api/govern/types";
import { TenantField } from "~/components/TenantField";
import { reachOf } from "~/session/reach";
import { useSession } from "~/session/session";
import { Field } from "~/ui/Input";
import { Segmented } from "~/ui/Segmented";
import { EditWithReason } from "../edit/EditWithReason";
import { type Read, useEdit } from "../edit/useEdit";
import { whatOf } from "./asks";
import { effectDiff, setDiff, valueDiff } from "./diffs";
import css from "./Pickers.module.css";
import { RightsPicker } from "./RightsPicker";
import { RolesPicker } from "./RolesPicker";
import { IAM, readUser, useTold } from "./told";

type Form = {
  username: string;
  password: string;
  tenant_id: string;
  display_name: string;
  state: UserState;
  roles: string[];
  rights: string[];
};

const formOf = (user: User): Form => ({
  username: user.username,
  password: "",
  tenant_id: user.tenant_id ?? "",
  display_name: user.display_name,
  state: user.state,
  roles: user.roles,
  rights: user.rights,
});
const readForm = (user: User): Read<Form> => readUser(user, formOf(user));

const NAME = /^[a-z0-9][a-z0-9._-]{0,62}$/;

function lacksOf(form: Form, isNew: boolean): string | undefined {
  if (isNew && form.username === "") return "A user name is needed";
  if (isNew && !NAME.test(form.username))
    return "The user name is small letters, digits, dots, hyphens";
  if (form.display_name.trim() === "") return "A display name is needed";
  if (isNew && passwordLacks(form.password)) return passwordLacks(form.password);
  return undefined;
}

/** As the Gateway counts: bytes. */
export function passwordLacks(password: string): string | undefined {
  const bytes = new TextEncoder().encode(password).length;
  if (bytes < 12) return "The password has at least 12 letters";
  return bytes > 1024 ? "The password is too long" : undefined;
}

export function UserDialog({ user, onClose }: { user?: User | undefined; onClose: () => void }) {
  const session = useSession();
  const reach = reachOf(session, "control.iam.write");
  const roles = useQuery(allRolesQuery).data;
  const told = useTold(onClose);
  // Whoever may write for one tenant only makes users of that tenant.
  const home = reach === "all" ? "" : (reach[0] ?? "");
  const title = user ? `Edit ${user.username}` : "New user";
  const ask = { of: "user" as const, user };
  const edit = useEdit<Form, User>({
    what: whatOf(ask),
    title,
    ask,
    row: user && readForm(user),
    first: user
      ? formOf(user)
      : {
          username: "",
          password: "",
          tenant_id: home,
          display_name: "",
          state: "active",
          roles: [],
          rights: [],
        },
    secrets: ["password"],
    lacks: (form) => lacksOf(form, !user),
    latest: user && (async () => readForm(await told.fetch(userQuery(user.sub)))),
    send: (form, write) =>
      user
        ? changeUser(
            user.sub,
            {
              display_name: form.display_name.trim(),
              state: form.state,
              roles: form.roles,
              rights: form.rights,
            },
            write,
          )
        : createUser(
            {
              username: form.username,
              display_name: form.display_name.trim(),
              password: form.password,
              roles: form.roles,
              rights: form.rights,
              tenant_id: form.tenant_id.trim() || null,
            },
            write,
          ),
    touches: IAM,
    onDone: (made, flow) =>
      told.done(user ? `${made.username} is changed` : `${made.username} is made`, flow, {
        to: "/users/$sub",
        params: { sub: made.sub },
      }),
  });
  const { values, set } = edit;
  const bound = values.tenant_id.trim() || undefined;
  return (
    <EditWithReason
      wide
      edit={edit}
      title={title}
      head={user && user.sub !== user.username && <span className="t3 mono fs12">{user.sub}</span>}
      onClose={onClose}
      verb={{ label: user ? "Save" : "Make the user", armed: values.state === "disabled" }}
      diff={(before, after) => [
        ...(user ? [] : valueDiff("username", undefined, after.username)),
        ...(user ? [] : valueDiff("tenant", undefined, after.tenant_id)),
        ...valueDiff("display_name", before?.display_name, after.display_name),
        ...(user || after.state !== "active" ? valueDiff("state", before?.state, after.state) : []),
        ...setDiff("roles", before?.roles, after.roles),
        ...setDiff("own rights", before?.rights, after.rights),
        ...effectDiff(before, after, after.tenant_id.trim() || null, roles),
      ]}
    >
      {!user && (
        <div className={css.pair}>
          <Field
            label="User name"
            mono
            autoFocus
            autoComplete="off"
            spellCheck={false}
            value={values.username}
            hint="Signs in under it; never changes"
            onChange={(event) => set({ username: event.target.value })}
          />
          <Field
            label="Password"
            type="password"
            autoComplete="new-password"
            value={values.password}
            hint="At least 12 letters; not kept in a draft"
            onChange={(event) => set({ password: event.target.value })}
          />
        </div>
      )}
      <div className={css.pair}>
        <Field
          label="Display name"
          maxLength={128}
          autoComplete="off"
          value={values.display_name}
          onChange={(event) => set({ display_name: event.target.value })}
        />
        {user ? (
          <div>
            <div className={css.legend}>State</div>
            <Segmented<UserState>
              label="State"
              value={values.state}
              options={[
                { value: "active", label: "Active" },
                { value: "disabled", label: "Disabled" },
              ]}
              onChange={(state) => set({ state })}
            />
          </div>
        ) : (
          <div>
            <div className={css.legend}>Bound to one tenant</div>
            {reach === "all" ? (
              <TenantField
                large
                label="Bound to one tenant"
                value={values.tenant_id}
                onChange={(tenant_id) => set({ tenant_id })}
              />
            ) : (
              <span className="mono">{home}</span>
            )}
          </div>
        )}
      </div>
      <RolesPicker bound={bound} value={values.roles} onChange={(next) => set({ roles: next })} />
      <RightsPicker
        label="Own rights, besides those of the roles"
        value={values.rights}
        bound={bound}
        onChange={(rights) => set({ rights })}
      />
    </EditWithReason>
  );
}
