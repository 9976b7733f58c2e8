// Where a tenant lives for one service kind, and where it is going: `prj-02 → prj-05 e8`.
import { int } from "~/util/format";
import css from "./ShardChip.module.css";

export function ShardChip({
  shard,
  to,
  epoch,
}: {
  shard: string;
  to?: string | undefined;
  epoch?: number | undefined;
}) {
  return (
    <span className={css.shard}>
      {shard}
      {to && (
        <>
          <span className="arrow" role="img" aria-label="moves to">
            →
          </span>
          <span className={css.to}>{to}</span>
        </>
      )}
      {epoch !== undefined && (
        <span className={css.epoch} title={`placement epoch ${int(epoch)}`}>
          e{int(epoch)}
        </span>
      )}
    </span>
  );
}
