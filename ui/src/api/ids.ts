// Ids this browser makes, and the ids of its last requests, kept for support tickets.
import { persistentStore } from "~/util/store";

const crockford = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/** A time-ordered id: the prefix and 26 characters, as the server makes its own. */
export function newId(prefix: "req_" | "idem_"): string {
  const random = crypto.getRandomValues(new Uint8Array(16));
  let time = Date.now();
  const head: string[] = [];
  for (let index = 0; index < 10; index++) {
    head.unshift(crockford[time % 32] ?? "0");
    time = Math.floor(time / 32);
  }
  const tail = Array.from(random, (byte) => crockford[byte % 32] ?? "0");
  return `${prefix}${head.join("")}${tail.join("")}`;
}

export type RecentId = {
  at: string;
  /** `POST /admin/v1/jobs/tenant-migrate`. */
  what: string;
  /** 0 when no answer came. */
  status: number;
  request_id: string;
  correlation_id?: string;
};

const KEPT = 20;

export const recentIds = persistentStore<RecentId[]>("control.recent-ids", (raw) => {
  try {
    const parsed: unknown = JSON.parse(raw ?? "[]");
    return Array.isArray(parsed) ? (parsed as RecentId[]).slice(0, KEPT) : [];
  } catch {
    return [];
  }
});

/** Newest first. A repeated successful read replaces its older self, so polling floods nothing. */
export function remember(entry: RecentId): void {
  const plain = (other: RecentId) =>
    other.what === entry.what && other.what.startsWith("GET ") && other.status < 400;
  const rest = recentIds.get().filter((other) => !plain(other));
  recentIds.set([entry, ...rest].slice(0, KEPT));
}
