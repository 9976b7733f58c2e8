// The console's own glyphs on a 16 px grid, stroke 1.5. Each status has its own shape, so that no
// meaning hangs on a hue. Decorative by itself: the word always stands beside it.
import { cx } from "~/util/cx";
import { glyphs, type IconName } from "./glyphs";
import css from "./Icon.module.css";

export function Icon({
  name,
  small,
  className,
}: {
  name: IconName;
  small?: boolean;
  className?: string;
}) {
  return (
    <svg
      className={cx(css.icon, small && css.small, name === "run" && css.turn, className)}
      viewBox="0 0 16 16"
      aria-hidden="true"
    >
      {glyphs[name]}
    </svg>
  );
}
