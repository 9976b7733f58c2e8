// How far the read model is behind the log: `read / head age`. An unknown head is said, not hidden.

import { cx } from "~/util/cx";
import { age, int } from "~/util/format";
import css from "./FreshnessChip.module.css";
import { Icon } from "./Icon";

/** From two seconds on a panel counts as stale. */
export const STALE_AFTER_MS = 2_000;

export function FreshnessChip({
  read,
  head,
  ageMs,
  waitingFor,
}: {
  /** Sequence the rows were read at; undefined before the first answer. */
  read?: number | undefined;
  /** Newest sequence known; undefined when the stream does not answer. */
  head?: number | undefined;
  ageMs?: number | undefined;
  /** Sequence a read-your-writes request waits for. */
  waitingFor?: number | undefined;
}) {
  if (read === undefined) {
    return (
      <span className={css.chip}>
        <Icon name="pending" small />
        {waitingFor === undefined ? "waiting" : `waiting for seq ${int(waitingFor)}`}
      </span>
    );
  }
  const stale = head === undefined || (ageMs !== undefined && ageMs > STALE_AFTER_MS);
  return (
    <span
      className={cx(css.chip, stale ? css.stale : css.live)}
      title="Read model sequence against stream head"
    >
      <Icon name={stale ? "wait" : "live"} small />
      {int(read)}
      <span className={css.dim}>/ {head === undefined ? "unknown" : int(head)}</span>
      {stale && <span className={css.dim}>stale</span>}
      {ageMs !== undefined && <span className={css.age}>{age(ageMs)}</span>}
    </span>
  );
}
