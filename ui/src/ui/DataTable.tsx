// A table of many rows: only those on screen are in the document. Sorting and filtering belong to
// the server and the URL, so the caller holds them; the table holds the row under the keys.
import {
  type ColumnDef,
  columnVisibilityFeature,
  tableFeatures,
  useTable,
} from "@tanstack/react-table";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useRef, useState } from "react";
import css from "./DataTable.module.css";
import { rowKeys } from "./rowKeys";
import { TableHead } from "./TableHead";
import { TableRow } from "./TableRow";
import type { DataTableProps } from "./tableTypes";

const features = tableFeatures({ columnVisibilityFeature });

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
  const onKeyDown = rowKeys({
    active,
    count: rows.length,
    page: () => Math.max(1, Math.floor((scroller.current?.clientHeight ?? 640) / rowHeight) - 2),
    move,
    onOpen: (index) => {
      const row = rows[index];
      if (row) props.onOpen?.(row);
    },
    onPick:
      onSelect &&
      ((index) => {
        const row = rows[index];
        if (row) toggle(rowId(row));
      }),
    onKey: (key, index) => {
      const row = rows[index];
      const run = props.keys?.[key];
      if (row && run) run(row);
      return Boolean(row && run);
    },
  });
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
        <TableHead
          columns={visible}
          sort={props.sort}
          onSort={props.onSort}
          pick={
            onSelect && {
              picked,
              of: rows.length,
              onAll: () => onSelect(new Set(picked > 0 ? [] : rows.map(rowId))),
            }
          }
        />
        <tbody>
          {before > 0 && (
            <tr aria-hidden="true">
              <td className={css.spacer} colSpan={span} height={before} />
            </tr>
          )}
          {items.map((item) => {
            const row = tableRows[item.index];
            if (!row) return null;
            return (
              <TableRow
                key={row.id}
                id={row.id}
                index={item.index}
                row={row.original}
                columns={visible}
                tight={rowHeight <= 28}
                active={item.index === active}
                picked={onSelect && (selected?.has(row.id) ?? false)}
                onPick={() => toggle(row.id)}
                onActive={() => {
                  setActiveIndex(item.index);
                  props.onActive?.(row.original);
                }}
                onOpen={() => props.onOpen?.(row.original)}
              />
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
