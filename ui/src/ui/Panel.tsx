// A framed part of a page with an optional head. Panels never nest.
import type { ReactNode } from "react";
import { useId } from "react";
import { cx } from "~/util/cx";
import css from "./Panel.module.css";

export function Panel({
  title,
  count,
  end,
  foot,
  fill,
  shrink,
  scroll,
  label,
  children,
}: {
  title?: ReactNode;
  count?: ReactNode;
  /** At the right of the head. */
  end?: ReactNode;
  foot?: ReactNode;
  /** Takes the height that is left. */
  fill?: boolean;
  /** Gives height up to its neighbours; what is inside scrolls. */
  shrink?: boolean;
  scroll?: boolean;
  /** Names a panel without a head. */
  label?: string;
  children: ReactNode;
}) {
  const id = useId();
  return (
    <section
      className={cx(css.panel, fill && css.fill, shrink && css.shrink)}
      aria-labelledby={title ? id : undefined}
      aria-label={title ? undefined : label}
    >
      {title && (
        <div className={css.head}>
          <h2 id={id}>{title}</h2>
          {count !== undefined && <span className={css.count}>{count}</span>}
          {end && <span className={css.end}>{end}</span>}
        </div>
      )}
      {scroll ? (
        <div className={css.scroll} tabIndex={0} role="group" aria-label={label ?? "Scrolls"}>
          {children}
        </div>
      ) : (
        children
      )}
      {foot && <div className={css.foot}>{foot}</div>}
    </section>
  );
}
