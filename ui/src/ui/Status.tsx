// A state: its glyph in the hue, its word in text colour. The word is always there.
import type { ReactNode } from "react";
import { cx } from "~/util/cx";
import type { IconName } from "./glyphs";
import { Icon } from "./Icon";
import css from "./Status.module.css";

export type Tone = "ok" | "warn" | "bad" | "unk" | "run" | "off";

export function Status({
  tone,
  icon,
  pill,
  small,
  strong,
  title,
  children,
}: {
  tone: Tone;
  icon: IconName;
  /** With an edge, for page heads. */
  pill?: boolean;
  small?: boolean;
  strong?: boolean;
  title?: string | undefined;
  children: ReactNode;
}) {
  return (
    <span
      title={title}
      className={cx(css.status, css[tone], pill && css.pill, small && "fs12", strong && "strong")}
    >
      {/* Keyed by shape and word, so that a change cross-fades in place. */}
      <span key={icon} className={css.glyph}>
        <Icon name={icon} />
      </span>
      {children}
    </span>
  );
}
