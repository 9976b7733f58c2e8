// A moment: absolute, with the relative form beside it where the page wants one.
// Audit never shows a relative time.

import { useNow } from "~/util/clock";
import { age, clock } from "~/util/format";
import { useZone } from "~/util/zone";
import css from "./Time.module.css";

export function Time({
  at,
  style = "auto",
  relative,
}: {
  /** RFC 3339, or milliseconds. */
  at: string | number;
  style?: "auto" | "seconds" | "millis" | "full";
  relative?: boolean;
}) {
  const zone = useZone();
  const now = useNow();
  const date = new Date(at);
  if (Number.isNaN(date.getTime())) return <span>unknown</span>;
  const difference = now - date.getTime();
  return (
    <>
      <time dateTime={date.toISOString()} title={clock(date, zone, "full", date)}>
        {clock(date, zone, style, new Date(now))}
      </time>
      {relative && (
        <>
          {" "}
          <span className="t3 tn">
            {difference >= 0 ? `${age(difference)} ago` : `in ${age(-difference)}`}
          </span>
        </>
      )}
    </>
  );
}

/** In a column: the moment, and its age at a place of its own, so that both line up. */
export function TimeAge({ at }: { at: string }) {
  return (
    <span className={css.pair}>
      <Time at={at} />
      <span className="t3">
        <Age at={at} />
      </span>
    </span>
  );
}

const DAY_MS = 86_400_000;

/** The moment, and its age while it is less than a day: for columns that reach far back. */
export function TimeCell({ at }: { at: string }) {
  const now = useNow();
  return now - new Date(at).getTime() < DAY_MS ? <TimeAge at={at} /> : <Time at={at} />;
}

/** The same outside a column. */
export function TimeRecent({ at }: { at: string }) {
  const now = useNow();
  return <Time at={at} relative={now - new Date(at).getTime() < DAY_MS} />;
}

/** Only the age of something, ticking: for columns that have their own head. */
export function Age({ at }: { at: string | number }) {
  const now = useNow();
  return <span className="tn">{age(now - new Date(at).getTime())}</span>;
}
