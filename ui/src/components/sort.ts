// How a list is sorted, as its address and its route say it: `created_at`, or `-created_at` from the
// newest. The order a list has by itself is not written into the address.
import type { Sort } from "~/ui/tableTypes";

export function sortOf(value: string | undefined, usual: string): Sort {
  const text = value ?? usual;
  return { id: text.replace(/^-/, ""), desc: text.startsWith("-") };
}

export function sortText(sort: Sort, usual: string): string | undefined {
  const text = `${sort.desc ? "-" : ""}${sort.id}`;
  return text === usual ? undefined : text;
}
