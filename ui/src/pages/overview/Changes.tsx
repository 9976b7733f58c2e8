// The latest privileged acts, newest first.
import { Link } from "@tanstack/react-router";
import type { AuditRow } from "~/api/types";
import { resultLook } from "~/components/words";
import { Icon } from "~/ui/Icon";
import { Time } from "~/ui/Time";
import { cx } from "~/util/cx";
import css from "./OverviewPage.module.css";

const SHOWN = 20;
/** Reads say nothing about what changed. */
const isRead = (row: AuditRow) => /\.(read|list)$/.test(row.operation);
const hue = {
  ok: "c-ok",
  warn: "c-warn",
  bad: "c-bad",
  unk: "c-unk",
  run: "c-run",
  off: "t3",
} as const;

export function Changes({ rows }: { rows: readonly AuditRow[] }) {
  const shown = rows.filter((row) => !isRead(row)).slice(0, SHOWN);
  if (shown.length === 0) return <p className={css.quiet}>Nothing has been done yet.</p>;
  return (
    <div className={css.changes} tabIndex={0} role="group" aria-label="What changed, scrolls">
      <ul>
        {shown.map((row) => {
          const look = resultLook(row.result);
          const what = [row.operation, row.tenant_id].filter(Boolean).join(" ");
          return (
            <li key={row.seq}>
              <Time at={row.at} style="seconds" />
              <span className={cx(css.mark, hue[look.tone])}>
                <Icon name={look.icon} />
              </span>
              <div className="cut">
                <p>
                  {row.job_id ? (
                    <Link to="/jobs/$job_id" params={{ job_id: row.job_id }}>
                      {what}
                    </Link>
                  ) : (
                    what
                  )}{" "}
                  {row.result !== "ok" && <span className="t2">{look.word.toLowerCase()}</span>}
                </p>
                <p className="fs11 t3">
                  {[row.actor ?? row.claimed, row.reason ?? row.detail].filter(Boolean).join(" · ")}
                </p>
              </div>
            </li>
          );
        })}
      </ul>
    </div>
  );
}
