// The latest acts that changed something, newest first, in words.
import { Link } from "@tanstack/react-router";
import type { AuditRow } from "~/api/types";
import { auditText, isChange } from "~/components/auditText";
import { Icon } from "~/ui/Icon";
import { Time } from "~/ui/Time";
import { cx } from "~/util/cx";
import css from "./OverviewPage.module.css";

const SHOWN = 20;
const hue = {
  ok: "c-ok",
  warn: "c-warn",
  bad: "c-bad",
  unk: "c-unk",
  run: "c-run",
  off: "t2",
} as const;

export function Changes({ rows }: { rows: readonly AuditRow[] }) {
  const shown = rows.filter(isChange).slice(0, SHOWN);
  if (shown.length === 0) return <p className={css.quiet}>Nothing has been changed yet.</p>;
  return (
    <div className={css.changes} tabIndex={0} role="group" aria-label="What changed, scrolls">
      <ul>
        {shown.map((row) => {
          const { tone, icon, what, note } = auditText(row);
          return (
            <li key={row.seq}>
              <Time at={row.at} style="seconds" />
              <span className={cx(css.mark, hue[tone])}>
                <Icon name={icon} />
              </span>
              <div className="cut">
                <p>
                  {row.job_id ? (
                    <Link to="/jobs/$job_id" params={{ job_id: row.job_id }}>
                      {what}
                    </Link>
                  ) : (
                    what
                  )}
                </p>
                <p className="fs11 t3" title={note}>
                  {note}
                </p>
              </div>
            </li>
          );
        })}
      </ul>
    </div>
  );
}
