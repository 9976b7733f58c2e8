// Which rights are given: areas and their verbs, for the whole platform or for one tenant. What the
// one who gives does not hold is off, because nobody can grant it.
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { permissionsQuery } from "~/api/govern/queries";
import type { Permission } from "~/api/govern/types";
import { areaTitle, byArea } from "~/components/rights";
import { TenantField } from "~/components/TenantField";
import { holds, useSession } from "~/session/session";
import { Button } from "~/ui/Button";
import { Checkbox } from "~/ui/Input";
import { Segmented } from "~/ui/Segmented";
import css from "./Pickers.module.css";

const EVERYTHING: Permission = {
  right: "control.*",
  area: "*",
  verb: "everything",
  description: "Everything there is, and whatever comes",
};

export function RightsPicker({
  label,
  value,
  bound,
  onChange,
}: {
  label: string;
  value: readonly string[];
  /** Every right ends in this tenant. */
  bound?: string | undefined;
  onChange: (next: string[]) => void;
}) {
  const session = useSession();
  const known = useQuery(permissionsQuery);
  const [scope, setScope] = useState<"all" | "one">("all");
  const [tenant, setTenant] = useState("");
  const of = bound ?? (scope === "one" ? tenant : undefined);
  const full = (right: string) => (of === undefined ? right : `${right}:${of}`);
  const off = (right: string, taken: boolean) => {
    if (of === "") return "Name the tenant first.";
    if (of && right === EVERYTHING.right) return "It cannot be for one tenant.";
    if (taken || holds(session?.rights ?? [], right, of)) return undefined;
    return "You do not hold it, so you cannot grant it.";
  };
  const listed = known.data?.some(({ right }) => right === EVERYTHING.right);
  const rows = known.data ? (listed ? known.data : [EVERYTHING, ...known.data]) : [];
  const toggle = (right: string) =>
    onChange(
      value.includes(right) ? value.filter((each) => each !== right) : [...value, right].sort(),
    );
  return (
    <fieldset className={css.picker}>
      <legend className={css.legend}>{label}</legend>
      {bound ? (
        <p className="t3 fs12">
          Bound to <span className="mono">{bound}</span>: each right is for that tenant.
        </p>
      ) : (
        <div className={css.scope}>
          <Segmented
            small
            label="For"
            value={scope}
            options={[
              { value: "all", label: "Whole platform" },
              { value: "one", label: "One tenant" },
            ]}
            onChange={setScope}
          />
          {scope === "one" && (
            <TenantField label="Tenant of the right" value={tenant} onChange={setTenant} />
          )}
        </div>
      )}
      {known.isError && (
        <p className="c-bad fs12" role="alert">
          The rights that exist cannot be read: {known.error.message}
        </p>
      )}
      <dl className={css.areas}>
        {byArea(rows).map(([area, verbs]) => (
          <div key={area}>
            <dt>{areaTitle(area)}</dt>
            <dd>
              {verbs.map(({ right, verb, description }) => {
                const taken = value.includes(full(right));
                const why = off(right, taken);
                return (
                  <span key={right} title={why ?? description}>
                    <Checkbox
                      label={verb}
                      aria-label={full(right)}
                      aria-disabled={why ? true : undefined}
                      checked={taken}
                      onChange={() => !why && toggle(full(right))}
                    />
                  </span>
                );
              })}
            </dd>
          </div>
        ))}
      </dl>
      <ul className={css.chosen} aria-label={`${label}, chosen`}>
        {value.map((right) => (
          <li key={right} className={css.chip}>
            <code>{right}</code>
            <Button
              variant="quiet"
              size="s"
              square
              icon="close"
              aria-label={`Take away ${right}`}
              onClick={() => toggle(right)}
            />
          </li>
        ))}
        {value.length === 0 && <li className="t3 fs12">None.</li>}
      </ul>
    </fieldset>
  );
}
