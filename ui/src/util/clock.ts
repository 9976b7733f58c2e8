// One ticking clock for every age on the page, corrected by the server's own time.
// Nothing else may call Date.now() to compute an age.
import { useSyncExternalStore } from "react";

let offsetMs = 0;
let tick = Date.now();
let timer: ReturnType<typeof setInterval> | undefined;
const listeners = new Set<() => void>();

/** Now by the server's clock, in milliseconds. */
export function serverNow(): number {
  return Date.now() + offsetMs;
}

/** Takes the `Date` header of a response; differences below 2 s are its own resolution. */
export function learnServerTime(header: string | null): void {
  if (!header) return;
  const at = Date.parse(header);
  if (Number.isNaN(at)) return;
  const difference = at - Date.now();
  offsetMs = Math.abs(difference) > 2_000 ? difference : 0;
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  timer ??= setInterval(() => {
    tick = serverNow();
    for (const each of listeners) each();
  }, 1_000);
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0) {
      clearInterval(timer);
      timer = undefined;
    }
  };
}

function snapshot(): number {
  if (Math.abs(serverNow() - tick) > 1_500) tick = serverNow();
  return tick;
}

/** The current time, renewed once a second, in milliseconds. */
export function useNow(): number {
  return useSyncExternalStore(subscribe, snapshot, snapshot);
}
