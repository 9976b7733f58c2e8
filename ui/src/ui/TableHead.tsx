// The head of a table: what can be sorted says how it is, and asks for the other way.
import { cx } from "~/util/cx";
import css from "./DataTable.module.css";
import { Icon } from "./Icon";
import { Checkbox } from "./Input";
import type { Column, Sort } from "./tableTypes";

export function TableHead<T>({
  columns,
  sort,
  onSort,
  pick,
}: {
  columns: readonly Column<T>[];
  sort: Sort | undefined;
  onSort: ((next: Sort) => void) | undefined;
  /** When rows can be selected: how many are, of how many, and all or none at once. */
  pick: { picked: number; of: number; onAll: () => void } | undefined;
}) {
  return (
    <thead>
      <tr aria-rowindex={1}>
        {pick && (
          <th>
            <Checkbox
              hideLabel
              label="Select all loaded rows"
              checked={pick.picked > 0 && pick.picked === pick.of}
              indeterminate={pick.picked > 0 && pick.picked < pick.of}
              onChange={pick.onAll}
            />
          </th>
        )}
        {columns.map((column) => (
          <Head key={column.id} column={column} sort={sort} onSort={onSort} />
        ))}
      </tr>
    </thead>
  );
}

function Head<T>({
  column,
  sort,
  onSort,
}: {
  column: Column<T>;
  sort: Sort | undefined;
  onSort: ((next: Sort) => void) | undefined;
}) {
  const sorted = sort?.id === column.id;
  const label = column.quiet ? <span className="vh">{column.head}</span> : column.head;
  if (!column.sortable || !onSort) {
    return <th className={cx(column.num && "num")}>{label}</th>;
  }
  return (
    <th
      className={cx(column.num && "num", sorted && css.sorted)}
      aria-sort={sorted ? (sort.desc ? "descending" : "ascending") : "none"}
    >
      <button
        type="button"
        className={css.sort}
        onClick={() => onSort({ id: column.id, desc: sorted ? !sort.desc : true })}
      >
        {label}
        {sorted && <Icon name="down" small className={cx(!sort.desc && css.up)} />}
      </button>
    </th>
  );
}
