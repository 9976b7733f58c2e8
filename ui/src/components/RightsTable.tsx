// Rights grouped by their area, with what each lets one do, whom it reaches and, where known, why.
import type { ReactNode } from "react";
import type { Permission } from "~/api/govern/types";
import { rightParts } from "~/session/reach";
import { cx } from "~/util/cx";
import css from "./RightsTable.module.css";
import { areaTitle, byArea, describe } from "./rights";

export function RightsTable({
  label,
  rights,
  permissions,
  why,
  whyHead = "Why",
  tight,
}: {
  label: string;
  rights: readonly string[];
  permissions: readonly Permission[] | undefined;
  why?: (right: string) => ReactNode;
  whyHead?: string;
  /** For half a page. */
  tight?: boolean;
}) {
  const groups = byArea(rights.map((right) => ({ right })));
  return (
    <div className={css.scroll} tabIndex={0} role="group" aria-label={`${label}, rows`}>
      <table className={cx(css.table, tight && css.tight)} aria-label={label}>
        <thead>
          <tr>
            <th className={css.right}>Right</th>
            <th>What it lets one do</th>
            <th className={css.tenant}>For</th>
            {why && <th className={css.why}>{whyHead}</th>}
          </tr>
        </thead>
        {groups.map(([area, rows]) => (
          <tbody key={area}>
            <tr className={css.group}>
              <th colSpan={why ? 4 : 3} scope="rowgroup">
                {areaTitle(area)}
              </th>
            </tr>
            {rows.map(({ right }) => {
              const { name, tenant } = rightParts(right);
              return (
                <tr key={right}>
                  <td>
                    <code title={right}>{name}</code>
                  </td>
                  <td className="t2" title={describe(right, permissions)}>
                    {describe(right, permissions)}
                  </td>
                  <td>{tenant ?? <span className="t3">all</span>}</td>
                  {why && <td className="t2">{why(right)}</td>}
                </tr>
              );
            })}
          </tbody>
        ))}
      </table>
    </div>
  );
}
