// A tenant by name, with what the tenants list offers while one types.
import { useInfiniteQuery } from "@tanstack/react-query";
import { useDeferredValue, useId } from "react";
import { tenantsQuery } from "~/api/queries";
import { Input } from "~/ui/Input";

export function TenantField({
  label,
  value,
  onChange,
  onPick,
  large,
}: {
  label: string;
  value: string;
  onChange: (next: string) => void;
  /** The name is whole: chosen from the list, or confirmed by Enter. */
  onPick?: (tenant_id: string) => void;
  /** As high as the fields of a form. */
  large?: boolean;
}) {
  const list = useId();
  const text = useDeferredValue(value.trim());
  const offered = useInfiniteQuery(tenantsQuery({ tenant: text || undefined }));
  const names = offered.data?.pages[0]?.items.map(({ tenant_id }) => tenant_id) ?? [];
  return (
    <span>
      <Input
        small={!large}
        mono
        list={list}
        aria-label={label}
        placeholder="tenant"
        autoComplete="off"
        spellCheck={false}
        value={value}
        onChange={(event) => {
          onChange(event.target.value);
          const typed = (event.nativeEvent as InputEvent).inputType;
          // A choice from the list replaces the text; typing inserts into it.
          if (typed === "insertReplacementText" && names.includes(event.target.value))
            onPick?.(event.target.value);
        }}
        onKeyDown={(event) => {
          if (event.key === "Enter" && value.trim()) {
            event.preventDefault();
            onPick?.(value.trim());
          }
        }}
      />
      <datalist id={list}>
        {names.map((name) => (
          <option key={name} value={name} />
        ))}
      </datalist>
    </span>
  );
}
