// The feed of this tab and what the page shows of it. Started by the shell once somebody is signed
// in; nothing else opens a stream.
import type { QueryClient } from "@tanstack/react-query";
import { useEffect, useSyncExternalStore } from "react";
import { useNow } from "~/util/clock";
import { seqOf } from "~/util/format";
import type { EventFeed, FeedStatus } from "./feed";

let feed: EventFeed | undefined;
const idle: FeedStatus = { state: "idle", lastBeat: undefined, lastId: undefined };
const subscribers = new Set<() => void>();
const tell = () => {
  for (const each of subscribers) each();
};

/** Loads the feed's own code after the page is up, then keeps it open until told to stop. */
function start(client: QueryClient): () => void {
  let stop: (() => void) | undefined;
  let stopped = false;
  void import("./run").then(({ run }) => {
    if (stopped) return;
    stop = run(
      client,
      (own) => {
        feed = own;
        tell();
      },
      tell,
    );
  });
  return () => {
    stopped = true;
    stop?.();
    feed = undefined;
    tell();
  };
}

/** Keeps the stream open while the caller is mounted and somebody is signed in. */
export function useEventFeed(client: QueryClient, signedIn: boolean): void {
  useEffect(() => (signedIn ? start(client) : undefined), [client, signedIn]);
}

export function useFeedStatus(): FeedStatus {
  return useSyncExternalStore(
    (listener) => {
      subscribers.add(listener);
      return () => subscribers.delete(listener);
    },
    () => feed?.get() ?? idle,
    () => idle,
  );
}

export type Freshness = { read: number; head: number | undefined; ageMs: number };

/** Of a panel: its own position against the newest one known, and how old it is now. */
export function useFreshness(
  as_of: { seq: string; age_ms: number } | undefined,
  fetchedAt: number,
): Freshness | undefined {
  const status = useFeedStatus();
  const now = useNow();
  if (!as_of) return undefined;
  const read = seqOf(as_of.seq);
  const known = status.lastId ? seqOf(status.lastId) : read;
  const beatAge = status.lastBeat === undefined ? undefined : now - status.lastBeat;
  if (status.state === "live") {
    // While the stream lives, every row that changed has come: the page is as old as it says.
    return { read: Math.max(read, known), head: Math.max(read, known), ageMs: as_of.age_ms };
  }
  const ageMs = beatAge ?? as_of.age_ms + Math.max(0, now - fetchedAt);
  return { read, head: undefined, ageMs };
}
