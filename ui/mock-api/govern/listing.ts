// Pages and orders of the Gateway's lists: cursors, totals, one sort key.
import { Refused } from "../rules";

export function listing<T>(url: URL, all: readonly T[]) {
  const limit = Number(url.searchParams.get("limit") ?? 50);
  if (!Number.isInteger(limit) || limit < 1 || limit > 200) {
    throw new Refused(400, "invalid_query", "limit is 1 to 200.");
  }
  const from = Number(url.searchParams.get("cursor") ?? 0);
  const next = from + limit < all.length ? String(from + limit) : null;
  return { items: all.slice(from, from + limit), next_cursor: next, total: all.length };
}

export function sorted<T extends object>(
  url: URL,
  rows: T[],
  keys: readonly (keyof T & string)[],
  usual: string,
): T[] {
  const sort = url.searchParams.get("sort") ?? usual;
  const name = sort.replace(/^-/, "");
  const key = keys.find((each) => each === name);
  if (!key) throw new Refused(400, "invalid_query", `sort is one of ${keys.join(", ")}.`);
  const direction = sort.startsWith("-") ? -1 : 1;
  return rows.sort((a, b) => direction * String(a[key] ?? "").localeCompare(String(b[key] ?? "")));
}
