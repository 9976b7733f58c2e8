// A value kept in localStorage and shared by every component that reads it.
// For preferences and recent ids only; data from the API lives in the query cache.
import { useSyncExternalStore } from "react";

export type Store<T> = {
  get: () => T;
  set: (next: T) => void;
  subscribe: (listener: () => void) => () => void;
};

/** `parse` turns whatever was stored (or null) into a valid value; it never throws. */
export function persistentStore<T>(key: string, parse: (raw: string | null) => T): Store<T> {
  const listeners = new Set<() => void>();
  let value: T | undefined;
  const read = () => {
    try {
      return parse(localStorage.getItem(key));
    } catch {
      return parse(null);
    }
  };
  const tell = () => {
    for (const listener of listeners) listener();
  };
  if (typeof window !== "undefined") {
    window.addEventListener("storage", (event) => {
      if (event.key !== key && event.key !== null) return;
      value = undefined;
      tell();
    });
  }
  return {
    get() {
      value ??= read();
      return value;
    },
    set(next) {
      value = next;
      try {
        localStorage.setItem(key, typeof next === "string" ? next : JSON.stringify(next));
      } catch {
        // Storage may be full or closed; the value still holds for this page.
      }
      tell();
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

export function useStore<T>(store: Store<T>): T {
  return useSyncExternalStore(store.subscribe, store.get, store.get);
}
