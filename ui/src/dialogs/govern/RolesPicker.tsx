// Which roles somebody has; each says what it is for.
import { useQuery } from "@tanstack/react-query";
import { allRolesQuery } from "~/api/govern/queries";
import { beyond } from "~/components/rights";
import { Checkbox } from "~/ui/Input";
import { count } from "~/util/format";
import css from "./Pickers.module.css";

export function RolesPicker({
  value,
  bound,
  onChange,
}: {
  value: readonly string[];
  /** The tenant one is bound to: a role that reaches beyond it is off. */
  bound?: string | undefined;
  onChange: (next: string[]) => void;
}) {
  const roles = useQuery(allRolesQuery);
  const gone = value.filter((name) => roles.data && !roles.data.some(({ role }) => role === name));
  const toggle = (name: string) =>
    onChange(
      value.includes(name) ? value.filter((each) => each !== name) : [...value, name].sort(),
    );
  return (
    <fieldset className={css.picker}>
      <legend className={css.legend}>Roles</legend>
      {roles.isError && (
        <p className="c-bad fs12" role="alert">
          The roles cannot be read: {roles.error.message}
        </p>
      )}
      <ul className={css.roles}>
        {(roles.data ?? []).map(({ role, description, rights }) => {
          const off = value.includes(role) ? undefined : beyond(rights, bound);
          return (
            <li key={role}>
              <Checkbox
                label={role}
                checked={value.includes(role)}
                aria-disabled={off ? true : undefined}
                title={off}
                onChange={() => !off && toggle(role)}
              />
              <span className="t2 fs12 cut" title={description}>
                {off ?? description}
              </span>
              <span className="t3 fs12 nowrap">{count(rights.length, "right")}</span>
            </li>
          );
        })}
        {gone.map((role) => (
          <li key={role}>
            <Checkbox label={role} checked onChange={() => toggle(role)} />
            <span className="c-warn fs12">There is no such role any more.</span>
          </li>
        ))}
      </ul>
    </fieldset>
  );
}
