// The filter line of a list: chips for what is set, a field to add one, the address at the right.
import { useRouterState } from "@tanstack/react-router";
import { type FormEvent, type ReactNode, useRef, useState } from "react";
import { Button } from "~/ui/Button";
import { CopyButton } from "~/ui/CopyButton";
import { FilterChip } from "~/ui/FilterChip";
import { Input } from "~/ui/Input";
import { Kbd } from "~/ui/Kbd";
import { Select } from "~/ui/Select";
import css from "./ListFilters.module.css";

export type FilterDef<T extends string> = {
  id: T;
  label: string;
  operator: string;
  /** Fixed choices; without them the value is typed. */
  options?: readonly { value: string; label: string }[];
};

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
        <AddFilter
          defs={defs}
          onDone={(id, value) => {
            setAdding(false);
            if (id && value) onChange({ ...values, [id]: value });
          }}
        />
      ) : (
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

function AddFilter<T extends string>({
  defs,
  onDone,
}: {
  defs: readonly FilterDef<T>[];
  onDone: (id?: T, value?: string) => void;
}) {
  const [id, setId] = useState<T | undefined>(defs[0]?.id);
  const field = useRef<HTMLInputElement>(null);
  const def = defs.find((each) => each.id === id);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    onDone(id, field.current?.value.trim());
  };
  if (!def) return null;
  return (
    <form className={css.add} onSubmit={submit}>
      <Select
        label="Filter by"
        value={def.id}
        options={defs.map((each) => ({ value: each.id, label: each.label }))}
        onChange={setId}
      />
      {def.options ? (
        <Select
          label={def.label}
          value=""
          options={[{ value: "", label: "Choose" }, ...def.options]}
          onChange={(value) => value && onDone(def.id, value)}
        />
      ) : (
        <Input
          small
          ref={field}
          autoFocus
          aria-label={`${def.label} ${def.operator}`}
          placeholder={def.label.toLowerCase()}
          onKeyDown={(event) => event.key === "Escape" && onDone()}
        />
      )}
      <Button
        variant="quiet"
        square
        icon="close"
        aria-label="Add no filter"
        onClick={() => onDone()}
      />
    </form>
  );
}
