// The filter line of a list: chips for what is set, a field to add one, the address at the right.
import { useRouterState } from "@tanstack/react-router";
import { lazy, type ReactNode, Suspense, useState } from "react";
import { Button } from "~/ui/Button";
import { CopyButton } from "~/ui/CopyButton";
import { FilterChip } from "~/ui/FilterChip";
import { Kbd } from "~/ui/Kbd";
import css from "./ListFilters.module.css";

export type FilterDef<T extends string> = {
  id: T;
  label: string;
  operator: string;
  /** Fixed choices; without them the value is typed. */
  options?: readonly { value: string; label: string }[];
};

/** Only typed loosely here because `lazy` forgets the generic. */
const AddFilter = lazy(async () => ({ default: (await import("./AddFilter")).AddFilter }));

export function ListFilters<T extends string>({
  defs,
  values,
  onChange,
  matches,
  children,
}: {
  defs: readonly FilterDef<T>[];
  values: Partial<Record<T, string | undefined>>;
  onChange: (next: Partial<Record<T, string | undefined>>) => void;
  /** `2,046 match`. */
  matches?: ReactNode;
  children?: ReactNode;
}) {
  const [adding, setAdding] = useState(false);
  const search = useRouterState({ select: (state) => state.location.searchStr });
  const set = defs.filter(({ id }) => values[id]);
  const shown = (def: FilterDef<T>, value: string) =>
    value
      .split(",")
      .map((each) => def.options?.find((option) => option.value === each)?.label ?? each)
      .join(", ");
  return (
    <div className={css.filters}>
      {set.map((def) => (
        <FilterChip
          key={def.id}
          field={def.label}
          operator={def.operator}
          value={shown(def, values[def.id] ?? "")}
          onRemove={() => onChange({ ...values, [def.id]: undefined })}
        />
      ))}
      {adding ? (
        <Suspense fallback={null}>
          <AddFilter
            defs={defs}
            onDone={(id?: string, value?: string) => {
              setAdding(false);
              if (id && value) onChange({ ...values, [id]: value });
            }}
          />
        </Suspense>
      ) : defs.length === 0 ? null : (
        <Button variant="quiet" icon="plus" data-filter onClick={() => setAdding(true)}>
          Add filter <Kbd>f</Kbd>
        </Button>
      )}
      {children}
      <span className="t2 tn">{matches}</span>
      {search && (
        <>
          <span className={css.url} title={search}>
            {search}
          </span>
          <CopyButton
            text={`${location.origin}${location.pathname}${search}`}
            label="Copy link to this view"
          />
        </>
      )}
    </div>
  );
}
