// A list of verbs behind a button. A verb that is off stays, with its reason under it.
import { Menu as Base } from "@base-ui/react/menu";
import type { ReactElement } from "react";
import type { IconName } from "./glyphs";
import { Icon } from "./Icon";
import { Kbd } from "./Kbd";
import css from "./Menu.module.css";

export type MenuItem =
  | {
      id: string;
      label: string;
      icon?: IconName;
      /** The key that does the same. */
      chord?: string;
      off?: string | undefined;
      onSelect: () => void;
    }
  | { id: string; separator: true };

export function Menu({
  trigger,
  items,
  label,
  align = "end",
  defaultOpen,
}: {
  /** A button element; it becomes the trigger. */
  trigger: ReactElement<Record<string, unknown>>;
  items: readonly MenuItem[];
  label: string;
  align?: "start" | "end";
  defaultOpen?: boolean;
}) {
  return (
    <Base.Root defaultOpen={defaultOpen ?? false}>
      <Base.Trigger render={trigger} />
      <Base.Portal>
        <Base.Positioner align={align} sideOffset={4} className={css.positioner}>
          <Base.Popup className={css.popup} aria-label={label}>
            {items.map((item) =>
              "separator" in item ? (
                <Base.Separator key={item.id} className={css.separator} />
              ) : (
                <Base.Item
                  key={item.id}
                  className={css.item}
                  aria-disabled={item.off ? true : undefined}
                  closeOnClick={!item.off}
                  onClick={item.off ? undefined : item.onSelect}
                >
                  {item.icon && <Icon name={item.icon} />}
                  <span className="grow">
                    {item.label}
                    {item.off && <span className={css.why}>{item.off}</span>}
                  </span>
                  {item.chord && <Kbd>{item.chord}</Kbd>}
                </Base.Item>
              ),
            )}
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}
