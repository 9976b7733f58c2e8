// Puts rows from the event stream into the query cache: the open job and the rows of loaded lists
// at once, everything else by asking again, at most once a second for each view.
import type { InfiniteData, QueryClient } from "@tanstack/react-query";
import type { Job, Page } from "../types";
import type { Message } from "./parse";

/** A changed row of one view. */
export type RowMessage = { view: string; key: string; row: unknown };

const ASK_AGAIN_MS = 1_000;

export function parseRow(message: Message): RowMessage | undefined {
  if (message.event !== "row" && message.event !== "message") return undefined;
  try {
    const body: unknown = JSON.parse(message.data);
    if (typeof body !== "object" || body === null) return undefined;
    const { view, key, row } = body as Partial<RowMessage>;
    return typeof view === "string" && typeof key === "string" ? { view, key, row } : undefined;
  } catch {
    return undefined;
  }
}

const number = (seq: unknown): number =>
  typeof seq === "number" ? seq : Number(String(seq).split("-").at(-1) ?? 0);

function isJob(row: unknown): row is Job {
  return typeof row === "object" && row !== null && "job_id" in row && "state" in row;
}

/** Never lets an older row replace a newer one: the stream may replay after a resume. */
export function upsertJob(client: QueryClient, row: Job): boolean {
  client.setQueryData<Job>(["jobs", "one", row.job_id], (old) =>
    old && number(old.seq) > number(row.seq) ? old : old ? { ...old, ...row } : old,
  );
  let known = false;
  client.setQueriesData<InfiniteData<Page<Job>>>({ queryKey: ["jobs", "list"] }, (data) => {
    if (!data) return data;
    const pages = data.pages.map((page) => ({
      ...page,
      items: page.items.map((item) => {
        if (item.job_id !== row.job_id) return item;
        known = true;
        return number(item.seq) > number(row.seq) ? item : { ...item, ...row };
      }),
    }));
    return known ? { ...data, pages } : data;
  });
  return known;
}

export function rowApplier(client: QueryClient): (message: Message) => void {
  const waiting = new Set<string>();
  const askAgain = (key: readonly string[]) => {
    const name = key.join("/");
    if (waiting.has(name)) return;
    waiting.add(name);
    setTimeout(() => {
      waiting.delete(name);
      void client.invalidateQueries({ queryKey: key });
    }, ASK_AGAIN_MS);
  };
  return (message) => {
    const change = parseRow(message);
    if (!change) return;
    if (change.view === "jobs" && isJob(change.row)) {
      if (!upsertJob(client, change.row)) askAgain(["jobs", "list"]);
      askAgain(["jobs", "events", change.row.job_id]);
      askAgain(["overview"]);
      return;
    }
    askAgain([change.view]);
  };
}
