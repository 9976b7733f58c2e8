// One choice of many: the browser's own list under the console's own face. An option may carry a
// note (`run-04  27 tenants`), and one that is off says why.
import { cx } from "~/util/cx";
import { Icon } from "./Icon";
import css from "./Select.module.css";

export type Option<T extends string> = {
  value: T;
  label: string;
  note?: string | undefined;
  off?: string | undefined;
};

export function Select<T extends string>({
  label,
  value,
  options,
  onChange,
  mono,
  large,
}: {
  label: string;
  value: T;
  options: readonly Option<T>[];
  onChange: (next: T) => void;
  mono?: boolean;
  large?: boolean;
}) {
  const chosen = options.find((option) => option.value === value);
  return (
    <span className={cx(css.select, large && css.large)}>
      <span className={css.face} aria-hidden="true">
        <span className={cx(mono && "mono")}>{chosen?.label ?? value}</span>
        {chosen?.note && <span className={css.note}>{chosen.note}</span>}
        <Icon name="down" small />
      </span>
      <select
        aria-label={label}
        value={value}
        onChange={(event) => onChange(event.target.value as T)}
      >
        {options.map((option) => (
          <option key={option.value} value={option.value} disabled={option.off !== undefined}>
            {[option.label, option.off ?? option.note].filter(Boolean).join(" · ")}
          </option>
        ))}
      </select>
    </span>
  );
}
