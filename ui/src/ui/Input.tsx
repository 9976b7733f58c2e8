// One-line text. A field has a visible label, an optional hint and, when wrong, one sentence.
import type { InputHTMLAttributes, ReactNode, Ref } from "react";
import { useId } from "react";
import { cx } from "~/util/cx";
import css from "./Input.module.css";

export type InputProps = Omit<
  InputHTMLAttributes<HTMLInputElement>,
  "style" | "className" | "size"
> & {
  small?: boolean | undefined;
  mono?: boolean | undefined;
  ref?: Ref<HTMLInputElement> | undefined;
};

export function Input({ small, mono, ...rest }: InputProps) {
  return <input {...rest} className={cx(css.input, small && css.small, mono && "mono")} />;
}

export function Field({
  label,
  hint,
  error,
  hideLabel,
  end,
  ...input
}: InputProps & {
  label: ReactNode;
  hint?: ReactNode;
  error?: string | undefined;
  hideLabel?: boolean;
  /** A control inside the field, at its right edge. */
  end?: ReactNode;
}) {
  const id = useId();
  const note = error ?? hint;
  return (
    <div className={css.field}>
      <label htmlFor={id} className={cx(css.label, hideLabel && "vh")}>
        {label}
      </label>
      <span className={css.wrap}>
        <Input
          {...input}
          id={id}
          aria-invalid={error ? true : undefined}
          aria-describedby={note ? `${id}-note` : undefined}
        />
        {end && <span className={css.end}>{end}</span>}
      </span>
      {note && (
        <span id={`${id}-note`} className={cx(css.note, error && css.wrong)}>
          {note}
        </span>
      )}
    </div>
  );
}

export function Checkbox({
  label,
  hideLabel,
  indeterminate,
  ...rest
}: Omit<InputHTMLAttributes<HTMLInputElement>, "style" | "className" | "type"> & {
  label: ReactNode;
  hideLabel?: boolean;
  indeterminate?: boolean;
}) {
  const id = useId();
  return (
    <span className={css.checkRow}>
      <input
        {...rest}
        id={id}
        type="checkbox"
        className={css.check}
        ref={(element) => {
          if (element) element.indeterminate = indeterminate ?? false;
        }}
      />
      <label htmlFor={id} className={cx(hideLabel && "vh")}>
        {label}
      </label>
    </span>
  );
}

/** The browser's own select: for a short list without notes. */
export function PlainSelect<T extends string>({
  label,
  value,
  options,
  onChange,
}: {
  label: string;
  value: T;
  options: readonly { value: T; label: string }[];
  onChange: (next: T) => void;
}) {
  return (
    <select
      aria-label={label}
      className={cx(css.input, css.small, css.plainSelect)}
      value={value}
      onChange={(event) => onChange(event.target.value as T)}
    >
      {options.map((option) => (
        <option key={option.value} value={option.value}>
          {option.label}
        </option>
      ))}
    </select>
  );
}
