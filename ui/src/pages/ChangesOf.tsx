// What the audit log has about one row of the Gateway, newest first.
import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { auditQuery } from "~/api/queries";
import { Failed } from "~/components/problem";
import { ResultStatus } from "~/components/states";
import { EmptyState } from "~/ui/EmptyState";
import { Panel } from "~/ui/Panel";
import { Skeleton } from "~/ui/Skeleton";
import { Time } from "~/ui/Time";
import css from "./ChangesOf.module.css";

const SHOWN = 20;

export function ChangesOf({
  resource,
  tenant,
  what,
  area,
}: {
  /** As the audit log names it: `users/ada`. */
  resource: string;
  /** Whose it is, where rows of several tenants have one name. */
  tenant?: string | undefined;
  /** `this account`. */
  what: string;
  /** Operations it may have: `iam.users`. */
  area: string;
}) {
  const query = useInfiniteQuery(auditQuery({ resource, ...(tenant ? { tenant } : {}) }));
  const rows = query.data?.pages[0]?.items.slice(0, SHOWN) ?? [];
  return (
    <Panel
      fill
      title={`Changes of ${what}`}
      end={
        <Link to="/audit" search={{ resource, tenant }} className="link">
          Audit log
        </Link>
      }
    >
      {query.isPending ? (
        <Skeleton
          what="its records"
          rows={3}
          columns={["Time", "What", "By"].map((head) => ({ head }))}
        />
      ) : query.isError && rows.length === 0 ? (
        <Failed
          error={query.error}
          title="Its records cannot be read"
          onRetry={() => void query.refetch()}
        />
      ) : rows.length === 0 ? (
        <EmptyState title={`Nobody has changed ${what} from here`}>
          Each write through this console or the API leaves one record here, with its reason.
        </EmptyState>
      ) : (
        <ul className={css.list} tabIndex={0} aria-label={`Changes of ${what}`}>
          {rows.map((row) => (
            <li key={row.seq} className={css.row}>
              <span className="mono fs12 t2">
                <Time at={row.at} />
              </span>
              <code className={css.what}>{row.operation.replace(`${area}.`, "")}</code>
              <span className={css.who}>
                {row.actor ?? "unknown"}
                {row.reason && (
                  <span className="t3" title={row.reason}>
                    {" "}
                    · {row.reason}
                  </span>
                )}
              </span>
              <ResultStatus
                result={row.result}
                title={[row.code, row.detail].filter(Boolean).join(": ") || undefined}
              />
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}
