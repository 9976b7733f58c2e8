// One row of a table: its cells, whether the keys act on it, whether it is selected.
import { cx } from "~/util/cx";
import css from "./DataTable.module.css";
import { Checkbox } from "./Input";
import type { Column } from "./tableTypes";

export function TableRow<T>({
  id,
  index,
  row,
  columns,
  tight,
  active,
  picked,
  onPick,
  onActive,
  onOpen,
}: {
  id: string;
  /** Among all rows, from 0. */
  index: number;
  row: T;
  columns: readonly Column<T>[];
  tight: boolean;
  active: boolean;
  /** Undefined where rows cannot be selected. */
  picked: boolean | undefined;
  onPick: () => void;
  onActive: () => void;
  onOpen: () => void;
}) {
  return (
    <tr
      aria-rowindex={index + 2}
      aria-selected={picked}
      className={cx(css.row, tight && css.tight, picked && css.picked, active && css.active)}
      onClick={onActive}
      onDoubleClick={onOpen}
    >
      {picked !== undefined && (
        <td>
          <Checkbox hideLabel label={`Select ${id}`} checked={picked} onChange={onPick} />
        </td>
      )}
      {columns.map((column) => (
        // Called, not rendered as a component: a new function would remount every cell.
        <td key={column.id} className={cx(column.num && "num")}>
          {column.cell(row)}
        </td>
      ))}
    </tr>
  );
}
