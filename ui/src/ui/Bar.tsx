// A share of a whole, with a tick at a gate's limit. The number always stands beside it as text.
import css from "./Bar.module.css";

export function Bar({
  share,
  tick,
  tone = "neutral",
}: {
  /** 0 to 1. */
  share: number;
  tick?: number | undefined;
  tone?: "neutral" | "run" | "warn" | "unk" | "off";
}) {
  const width = Math.max(0, Math.min(1, share)) * 100;
  return (
    <svg className={css.bar} viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true">
      <rect className={css.track} width="100" height="6" />
      <rect className={css[tone]} width={width} height="6" />
      {tick !== undefined && <rect className={css.tick} x={tick * 100} width="0.8" height="6" />}
    </svg>
  );
}
