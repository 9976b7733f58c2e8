// Loading: the real heads, grey bars at real widths, no shimmer; words after two seconds.
import { useEffect, useState } from "react";
import css from "./States.module.css";

const WORDS_AFTER_MS = 2_000;

export type SkeletonColumn = {
  head: string;
  width?: number | undefined;
  num?: boolean | undefined;
};

/** How wide each bar is, as a share of its column: fixed, so that nothing jumps. */
const shares = [0.62, 0.44, 0.7, 0.5, 0.66, 0.4, 0.58, 0.48];

export function Skeleton({
  columns,
  rows = 8,
  what,
}: {
  columns: readonly SkeletonColumn[];
  rows?: number;
  /** `tenants`: for the words and for screen readers. */
  what: string;
}) {
  const [late, setLate] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLate(true), WORDS_AFTER_MS);
    return () => clearTimeout(timer);
  }, []);
  return (
    <div className={css.skeleton} role="status" aria-label={`Loading ${what}`}>
      <table className={css.skTable} aria-hidden="true">
        <colgroup>
          {columns.map((column) => (
            <col key={column.head} width={column.width} />
          ))}
        </colgroup>
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column.head} className={column.num ? "num" : undefined}>
                {column.head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {Array.from({ length: rows }, (_, row) => (
            <tr key={row}>
              {columns.map((column, index) => {
                const share = shares[(row * 3 + index * 5) % shares.length] ?? 0.5;
                return (
                  <td key={column.head}>
                    <svg
                      className={css.skBar}
                      viewBox="0 0 100 8"
                      preserveAspectRatio="none"
                      aria-hidden="true"
                    >
                      <rect
                        x={column.num ? 100 - share * 40 : 0}
                        width={column.num ? share * 40 : share * 100}
                        height="8"
                      />
                    </svg>
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
      {late && <p className={css.skWords}>Still waiting for {what}.</p>}
    </div>
  );
}
