// One line under the page head: past, read-only, stale, broken, sealed.
import type { ReactNode } from "react";
import { cx } from "~/util/cx";
import css from "./Banner.module.css";
import type { IconName } from "./glyphs";
import { Icon } from "./Icon";

export function Banner({
  tone = "neutral",
  icon,
  title,
  children,
  end,
  urgent,
}: {
  tone?: "neutral" | "accent" | "warn" | "bad" | "ok";
  icon: IconName;
  title?: ReactNode;
  children?: ReactNode;
  end?: ReactNode;
  /** Read out at once instead of in turn. */
  urgent?: boolean;
}) {
  return (
    <div className={cx(css.banner, css[tone])} role={urgent ? "alert" : "status"}>
      <Icon name={icon} />
      <span>
        {title && <span className="strong">{title}</span>} <span className="t2">{children}</span>
      </span>
      {end && <span className={css.end}>{end}</span>}
    </div>
  );
}
