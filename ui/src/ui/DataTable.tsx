// A table of many rows: only those on screen are in the document. Sorting and filtering belong to
// the server and the URL, so the caller holds them; the table holds the row under the keys.
import {
  type ColumnDef,
  columnVisibilityFeature,
  tableFeatures,
  useTable,
} from "@tanstack/react-table";
import { useVirtualizer } from "@tanstack/react-virtual";
import { type KeyboardEvent, type ReactNode, useRef, useState } from "react";
import { cx } from "~/util/cx";
import css from "./DataTable.module.css";
import { Icon } from "./Icon";
import { Checkbox } from "./Input";

const features = tableFeatures({ columnVisibilityFeature });

export type Column<T> = {
  id: string;
  head: string;
  /** Fixed width in pixels; one column may have none and takes the rest. */
  width?: number;
  num?: boolean;
  sortable?: boolean;
  /** The head is for screen readers only. */
  quiet?: boolean;
  cell: (row: T) => ReactNode;
};

export type Sort = { id: string; desc: boolean };

export type DataTableProps<T extends object> = {
  label: string;
  columns: readonly Column<T>[];
  rows: readonly T[];
  rowId: (row: T) => string;
  hidden?: readonly string[];
  rowHeight?: number;
  sort?: Sort | undefined;
  onSort?: (next: Sort) => void;
  selected?: ReadonlySet<string>;
  onSelect?: (next: ReadonlySet<string>) => void;
  /** Enter, or a double click. */
  onOpen?: (row: T) => void;
  /** The row the keys act on has changed. */
  onActive?: (row: T) => void;
  activeId?: string | undefined;
  /** Single keys on the active row: `m` migrates. */
  keys?: Readonly<Record<string, (row: T) => void>>;
  /** The last rows have come into view. */
  onEnd?: () => void;
  /** Rows there are, when only some are loaded. */
  total?: number | undefined;
};

export function DataTable<T extends object>(props: DataTableProps<T>) {
  const { columns, rows, rowId, rowHeight = 32, hidden = [], selected, onSelect } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const [activeIndex, setActiveIndex] = useState(-1);
  const defs: ColumnDef<typeof features, T>[] = columns.map((column) => ({
    id: column.id,
    header: column.head,
  }));
  const table = useTable({
    features,
    columns: defs,
    data: rows as T[],
    getRowId: rowId,
    state: { columnVisibility: Object.fromEntries(hidden.map((id) => [id, false])) },
  });
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: 12,
    // Without layout (tests) the first screen is still there.
    initialRect: { width: 1_000, height: 800 },
    onChange: (instance) => {
      const last = instance.getVirtualItems().at(-1);
      if (last && last.index >= rows.length - 20) props.onEnd?.();
    },
  });
  const active =
    props.activeId === undefined
      ? activeIndex
      : rows.findIndex((row) => rowId(row) === props.activeId);
  const move = (to: number) => {
    const index = Math.max(0, Math.min(rows.length - 1, to));
    const row = rows[index];
    if (!row) return;
    setActiveIndex(index);
    props.onActive?.(row);
    virtual.scrollToIndex(index);
  };
  const toggle = (id: string) => {
    const next = new Set(selected);
    if (!next.delete(id)) next.add(id);
    onSelect?.(next);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.target !== event.currentTarget || event.metaKey || event.ctrlKey || event.altKey)
      return;
    const row = rows[active];
    const page = Math.max(1, Math.floor((scroller.current?.clientHeight ?? 640) / rowHeight) - 2);
    const moves: Record<string, number> = {
      j: active + 1,
      ArrowDown: active + 1,
      k: active - 1,
      ArrowUp: active - 1,
      PageDown: active + page,
      PageUp: active - page,
      Home: 0,
      End: rows.length - 1,
    };
    const to = moves[event.key];
    if (to !== undefined) move(to);
    else if (row && event.key === "Enter") props.onOpen?.(row);
    else if (row && event.key === "x" && onSelect) toggle(rowId(row));
    else if (row && props.keys?.[event.key]) props.keys[event.key]?.(row);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const items = virtual.getVirtualItems();
  const before = items[0]?.start ?? 0;
  const after = virtual.getTotalSize() - (items.at(-1)?.end ?? 0);
  const visible = columns.filter((column) => !hidden.includes(column.id));
  const span = visible.length + (onSelect ? 1 : 0);
  const tableRows = table.getRowModel().rows;
  const picked = selected?.size ?? 0;
  return (
    <div
      ref={scroller}
      className={css.viewport}
      tabIndex={0}
      role="group"
      data-rows=""
      aria-label={`${props.label}, rows`}
      onKeyDown={onKeyDown}
    >
      <table
        className={css.table}
        aria-label={props.label}
        aria-rowcount={(props.total ?? rows.length) + 1}
      >
        <colgroup>
          {onSelect && <col width="36" />}
          {visible.map((column) => (
            <col key={column.id} width={column.width} />
          ))}
        </colgroup>
        <thead>
          <tr aria-rowindex={1}>
            {onSelect && (
              <th>
                <Checkbox
                  hideLabel
                  label="Select all loaded rows"
                  checked={picked > 0 && picked === rows.length}
                  indeterminate={picked > 0 && picked < rows.length}
                  onChange={() => onSelect(new Set(picked > 0 ? [] : rows.map(rowId)))}
                />
              </th>
            )}
            {visible.map((column) => (
              <Head key={column.id} column={column} sort={props.sort} onSort={props.onSort} />
            ))}
          </tr>
        </thead>
        <tbody>
          {before > 0 && (
            <tr aria-hidden="true">
              <td className={css.spacer} colSpan={span} height={before} />
            </tr>
          )}
          {items.map((item) => {
            const row = tableRows[item.index];
            if (!row) return null;
            const isPicked = selected?.has(row.id) ?? false;
            return (
              <tr
                key={row.id}
                aria-rowindex={item.index + 2}
                aria-selected={onSelect ? isPicked : undefined}
                className={cx(
                  css.row,
                  rowHeight <= 28 && css.tight,
                  isPicked && css.picked,
                  item.index === active && css.active,
                )}
                onClick={() => {
                  setActiveIndex(item.index);
                  props.onActive?.(row.original);
                }}
                onDoubleClick={() => props.onOpen?.(row.original)}
              >
                {onSelect && (
                  <td>
                    <Checkbox
                      hideLabel
                      label={`Select ${row.id}`}
                      checked={isPicked}
                      onChange={() => toggle(row.id)}
                    />
                  </td>
                )}
                {row.getVisibleCells().map((cell, index) => (
                  // Called, not rendered as a component: a new function would remount every cell.
                  <td key={cell.id} className={cx(visible[index]?.num && "num")}>
                    {visible[index]?.cell(row.original)}
                  </td>
                ))}
              </tr>
            );
          })}
          {after > 0 && (
            <tr aria-hidden="true">
              <td className={css.spacer} colSpan={span} height={after} />
            </tr>
          )}
        </tbody>
      </table>
    </div>
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
