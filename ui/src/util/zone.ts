// UTC (default) or the browser's own zone; one choice for the whole console.
import { persistentStore, useStore } from "./store";

export type Zone = "utc" | "local";

export const zoneStore = persistentStore<Zone>("control.zone", (raw) =>
  raw === "local" ? "local" : "utc",
);

export function useZone(): Zone {
  return useStore(zoneStore);
}
