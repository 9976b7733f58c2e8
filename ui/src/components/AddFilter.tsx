// The form that adds one filter; loaded when it is first opened.
import { type FormEvent, useRef, useState } from "react";
import { Button } from "~/ui/Button";
import { Input, PlainSelect } from "~/ui/Input";
import type { FilterDef } from "./ListFilters";
import css from "./ListFilters.module.css";

export function AddFilter({
  defs,
  onDone,
}: {
  defs: readonly FilterDef<string>[];
  onDone: (id?: string, value?: string) => void;
}) {
  const [id, setId] = useState<string | undefined>(defs[0]?.id);
  const field = useRef<HTMLInputElement>(null);
  const def = defs.find((each) => each.id === id);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    onDone(id, field.current?.value.trim());
  };
  if (!def) return null;
  return (
    <form className={css.add} onSubmit={submit}>
      <PlainSelect
        label="Filter by"
        value={def.id}
        options={defs.map((each) => ({ value: each.id, label: each.label }))}
        onChange={setId}
      />
      {def.options ? (
        <PlainSelect
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
