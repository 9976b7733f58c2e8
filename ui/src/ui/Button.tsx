// A verb. An action that the state forbids stays in place, focusable, off, and says why.
import type { ButtonHTMLAttributes, Ref } from "react";
import { useId } from "react";
import { cx } from "~/util/cx";
import css from "./Button.module.css";
import type { IconName } from "./glyphs";
import { Icon } from "./Icon";

export type ButtonLook = {
  variant?: "default" | "primary" | "danger" | "armed" | "quiet" | undefined;
  /** 24, 28 (default), 32 and, for on-call screens, 44 high. */
  size?: "s" | "m" | "l" | "touch" | undefined;
  square?: boolean | undefined;
};

export type ButtonProps = Omit<
  ButtonHTMLAttributes<HTMLButtonElement>,
  "disabled" | "style" | "className"
> &
  ButtonLook & {
    icon?: IconName | undefined;
    iconEnd?: IconName | undefined;
    /** Turns the button off and is read out as its description. */
    off?: string | undefined;
    /** The id of a visible text that already gives the reason. */
    offId?: string | undefined;
    ref?: Ref<HTMLButtonElement> | undefined;
  };

/** The look of a button for a link that the caller renders. */
export function buttonClass({ variant = "default", size = "m", square }: ButtonLook = {}): string {
  return cx(css.button, css[variant], css[size], square && css.square);
}

export function Button({
  variant,
  size,
  square,
  icon,
  iconEnd,
  off,
  offId,
  onClick,
  children,
  type = "button",
  ...rest
}: ButtonProps) {
  const ownId = useId();
  const reasonId = off ? (offId ?? ownId) : undefined;
  return (
    <>
      <button
        {...rest}
        type={type}
        className={buttonClass({ variant, size, square })}
        aria-disabled={off ? true : undefined}
        aria-describedby={cx(rest["aria-describedby"], reasonId) || undefined}
        title={off ?? rest.title}
        onClick={off ? (event) => event.preventDefault() : onClick}
      >
        {icon && <Icon name={icon} />}
        {children}
        {iconEnd && <Icon name={iconEnd} small />}
      </button>
      {off && !offId && (
        <span id={ownId} hidden>
          {off}
        </span>
      )}
    </>
  );
}
