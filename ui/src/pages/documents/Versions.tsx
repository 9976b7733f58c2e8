// Every version there was, newest first: when, by whom, why; each can be looked at and compared.
import type { DocumentVersion } from "~/api/govern/types";
import { type ListQuery, useRows } from "~/components/ListPanel";
import { Failed } from "~/components/problem";
import { Who } from "~/components/Who";
import { Button } from "~/ui/Button";
import { Panel } from "~/ui/Panel";
import { Skeleton } from "~/ui/Skeleton";
import { Time } from "~/ui/Time";
import { cx } from "~/util/cx";
import { count, int } from "~/util/format";
import type { Shown } from "./Content";
import css from "./Documents.module.css";

export function Versions({
  query,
  current,
  shown,
  compare,
  onShow,
}: {
  query: ListQuery<DocumentVersion>;
  current: number | undefined;
  shown: number | undefined;
  compare: number | undefined;
  onShow: (next: Shown) => void;
}) {
  const { rows, total } = useRows(query);
  return (
    <Panel
      fill
      title="Versions"
      count={total !== undefined && int(total)}
      end="newest first"
      foot={
        query.hasNextPage && (
          <Button size="s" onClick={() => void query.fetchNextPage()}>
            Load more
          </Button>
        )
      }
    >
      {query.isPending ? (
        <Skeleton
          what="its versions"
          rows={4}
          columns={["Version", "By"].map((head) => ({ head }))}
        />
      ) : query.isError && rows.length === 0 ? (
        <Failed
          error={query.error}
          title="Its versions cannot be read"
          onRetry={() => void query.refetch()}
        />
      ) : (
        <ul className={css.versions} aria-label="Versions" tabIndex={0}>
          {rows.map((row) => (
            <li key={row.version} className={cx(css.version, row.version === shown && css.shown)}>
              <div className={css.line}>
                <span className="strong">Version {row.version}</span>
                <span className="t3 fs12">
                  {row.removed
                    ? "removed"
                    : row.version === current
                      ? "in force"
                      : count(row.size_bytes, "byte")}
                </span>
                <span className="grow" />
                {!row.removed && (
                  <>
                    <Button
                      size="s"
                      variant="quiet"
                      aria-pressed={row.version === shown}
                      aria-label={`Look at version ${row.version}`}
                      onClick={() =>
                        onShow({ version: row.version === current ? undefined : row.version })
                      }
                    >
                      Look
                    </Button>
                    <Button
                      size="s"
                      variant="quiet"
                      aria-label={`Compare version ${row.version} with what is shown`}
                      aria-pressed={row.version === compare}
                      off={row.version === shown ? "It is the one that is shown." : undefined}
                      onClick={() =>
                        onShow({
                          version: shown === current ? undefined : shown,
                          against: row.version,
                        })
                      }
                    >
                      Compare
                    </Button>
                  </>
                )}
              </div>
              <div className={cx(css.line, "fs12 t2")}>
                <span className="nowrap">
                  <Time at={row.at} />
                </span>
                <span className="cut" title={row.reason ?? undefined}>
                  <Who sub={row.by} />
                  {row.reason && <span className="t3"> · {row.reason}</span>}
                </span>
              </div>
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}
