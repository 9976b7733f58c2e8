// The keys of a table's rows: walked, opened, selected, and what the page adds for the active one.
import type { KeyboardEvent } from "react";

export function rowKeys({
  active,
  count,
  page,
  move,
  onOpen,
  onPick,
  onKey,
}: {
  /** The row the keys act on; below 0 there is none. */
  active: number;
  count: number;
  /** Rows of a screen. */
  page: () => number;
  move: (to: number) => void;
  onOpen: (index: number) => void;
  onPick: ((index: number) => void) | undefined;
  /** Any other key; tells whether it meant something. */
  onKey: (key: string, index: number) => boolean;
}) {
  return (event: KeyboardEvent) => {
    if (event.target !== event.currentTarget || event.metaKey || event.ctrlKey || event.altKey)
      return;
    const moves: Record<string, () => number> = {
      j: () => active + 1,
      ArrowDown: () => active + 1,
      k: () => active - 1,
      ArrowUp: () => active - 1,
      PageDown: () => active + page(),
      PageUp: () => active - page(),
      Home: () => 0,
      End: () => count - 1,
    };
    const to = moves[event.key];
    const there = active >= 0 && active < count;
    if (to) move(to());
    else if (there && event.key === "Enter") onOpen(active);
    else if (there && event.key === "x" && onPick) onPick(active);
    else if (!onKey(event.key, active)) return;
    event.preventDefault();
    event.stopPropagation();
  };
}
