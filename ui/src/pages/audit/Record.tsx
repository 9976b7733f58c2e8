// The record under the cursor, whole: right, session, address, plan, flow, before and after.
import { Link } from "@tanstack/react-router";
import type { AuditRow } from "~/api/types";
import { auditText } from "~/components/auditText";
import { ExploreLinks } from "~/components/ExploreLinks";
import { IdChip } from "~/ui/IdChip";
import { Time } from "~/ui/Time";
import css from "./AuditPage.module.css";

const brief = (value: unknown) =>
  value === null || value === undefined ? "nothing" : JSON.stringify(value);

export function Record({ row }: { row: AuditRow | undefined }) {
  if (!row) {
    return (
      <div className={css.record}>
        <span className="t3">Choose a record to see all of it.</span>
      </div>
    );
  }
  return (
    <section className={css.record} aria-label="Record" aria-live="polite">
      <div className={css.head}>
        <span className="strong mono">{row.seq}</span>
        <span className="t2 cut">
          {auditText(row).what}
          {row.detail ? `: ${row.detail}` : ""}
        </span>
        <span className="grow" />
        {row.ids && <ExploreLinks subject={{ ...row.ids, from: row.at }} />}
        {row.ids && (
          <Link to="/investigate" search={{ id: row.ids.correlation_id }} className="link">
            Investigate
          </Link>
        )}
      </div>
      <dl className={css.facts}>
        <Fact name="Right">{row.right && <code>{row.right}</code>}</Fact>
        <Fact name="Session">
          {row.session_id && <IdChip id={row.session_id} noun="session id" />}
        </Fact>
        <Fact name="Source">{row.address}</Fact>
        <Fact name="Code">
          {(row.code || row.status) && (
            <code>{[row.status, row.code].filter(Boolean).join(" ")}</code>
          )}
        </Fact>
        {row.closed_at && (
          <Fact name="Outcome">
            <Time at={row.closed_at} style="millis" />
          </Fact>
        )}
        {row.resource && (
          <Fact name="Resource">
            <code>{row.resource}</code>
          </Fact>
        )}
        <Fact name="Plan">{row.plan_hash && <IdChip id={row.plan_hash} noun="plan hash" />}</Fact>
        <Fact name="Request">
          {row.ids && <IdChip id={row.ids.request_id} noun="request id" />}
        </Fact>
        <Fact name="Correlation">
          {row.ids && <IdChip id={row.ids.correlation_id} noun="correlation id" />}
        </Fact>
        <Fact name="Trace">{row.ids && <IdChip id={row.ids.trace_id} noun="trace id" />}</Fact>
        {row.change && (
          <Fact name={`${row.change.bucket} ${row.change.key}`}>
            <code>
              {brief(row.change.before)} → {brief(row.change.after)}
            </code>
          </Fact>
        )}
      </dl>
    </section>
  );
}

function Fact({ name, children }: { name: string; children: React.ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children || <span className="t3">—</span>}</dd>
    </div>
  );
}
