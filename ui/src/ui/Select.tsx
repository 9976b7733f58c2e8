// One choice of many. An option may carry a note: `run-04  27.3 % headroom`.
import { CSPProvider } from "@base-ui/react/csp-provider";
import { Select as Base } from "@base-ui/react/select";
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
    // Base UI hides the scrollbar by a style element, which the policy forbids.
    <CSPProvider disableStyleElements>
      <Base.Root value={value} onValueChange={(next) => next !== null && onChange(next as T)}>
        <Base.Trigger className={cx(css.trigger, large && css.large)} aria-label={label}>
          <Base.Value>
            {() => (
              <>
                <span className={cx(mono && "mono")}>{chosen?.label ?? value}</span>
                {chosen?.note && <span className={css.note}>{chosen.note}</span>}
              </>
            )}
          </Base.Value>
          <Icon name="down" small />
        </Base.Trigger>
        <Base.Portal>
          <Base.Positioner sideOffset={4} alignItemWithTrigger={false} className={css.positioner}>
            <Base.Popup className={css.popup}>
              {options.map((option) => (
                <Base.Item
                  key={option.value}
                  value={option.value}
                  disabled={option.off !== undefined}
                  className={css.item}
                >
                  <span className={css.mark}>
                    <Base.ItemIndicator>
                      <Icon name="check" small />
                    </Base.ItemIndicator>
                  </span>
                  <Base.ItemText className={cx(mono && "mono")}>{option.label}</Base.ItemText>
                  <span className={css.note}>{option.off ?? option.note}</span>
                </Base.Item>
              ))}
            </Base.Popup>
          </Base.Positioner>
        </Base.Portal>
      </Base.Root>
    </CSPProvider>
  );
}
