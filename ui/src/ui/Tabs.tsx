// Views of one thing. Which one is open belongs in the URL, so the caller holds it.
import { Tabs as Base } from "@base-ui/react/tabs";
import type { ReactNode } from "react";
import css from "./Tabs.module.css";

export type Tab<T extends string> = { id: T; label: string; count?: number | undefined };

export function Tabs<T extends string>({
  value,
  tabs,
  onChange,
  label,
  end,
  children,
}: {
  value: T;
  tabs: readonly Tab<T>[];
  onChange: (next: T) => void;
  label: string;
  end?: ReactNode;
  /** The open view; the caller renders only this one. */
  children: ReactNode;
}) {
  return (
    <Base.Root className={css.root} value={value} onValueChange={(next) => onChange(next as T)}>
      <div className={css.bar}>
        <Base.List className={css.list} aria-label={label}>
          {tabs.map((tab) => (
            <Base.Tab key={tab.id} value={tab.id} className={css.tab}>
              {tab.label}
              {tab.count !== undefined && <span className="t3">{tab.count}</span>}
            </Base.Tab>
          ))}
        </Base.List>
        {end && <span className={css.end}>{end}</span>}
      </div>
      <Base.Panel value={value} className={css.panel}>
        {children}
      </Base.Panel>
    </Base.Root>
  );
}
