// A choice of a few, all visible.
import { cx } from "~/util/cx";
import css from "./Segmented.module.css";

export function Segmented<T extends string>({
  label,
  value,
  options,
  onChange,
  small,
}: {
  label: string;
  value: T;
  options: readonly { value: T; label: string; title?: string }[];
  onChange: (next: T) => void;
  small?: boolean;
}) {
  return (
    <fieldset className={cx(css.seg, small && css.small)} aria-label={label}>
      {options.map((option) => (
        <button
          key={option.value}
          type="button"
          title={option.title}
          aria-pressed={option.value === value}
          onClick={() => onChange(option.value)}
        >
          {option.label}
        </button>
      ))}
    </fieldset>
  );
}
