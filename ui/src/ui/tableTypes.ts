// What a table is told: its columns, its rows, and who holds what about them.
import type { ReactNode } from "react";

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
