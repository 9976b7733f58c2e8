// The feed of this tab and what the page shows of it. Started by the shell once somebody is signed
// in; nothing else opens a stream.
import type { QueryClient } from "@tanstack/react-query";
import { useEffect, useSyncExternalStore } from "react";
import { serverNow, useNow } from "~/util/clock";
import { seqOf } from "~/util/format";
import { rowApplier } from "./apply";
import { EventFeed, type FeedStatus } from "./feed";

let feed: EventFeed | undefined;
const idle: FeedStatus = { state: "idle", lastBeat: undefined, lastId: undefined };
const subscribers = new Set<() => void>();
const tell = () => {
  for (const each of subscribers) each();
};

function start(client: QueryClient): () => void {
  const apply = rowApplier(client);
  let missed = false;
  const own = new EventFeed(
    {
      url: "/admin/v1/events",
      fetch: (...args) => globalThis.fetch(...args),
      now: serverNow,
      random: Math.random,
      setTimer: (run, ms) => window.setTimeout(run, ms),
      clearTimer: (timer) => window.clearTimeout(timer),
    },
    apply,
  );
  feed = own;
  let before = own.get().state;
  const stopListening = own.subscribe(() => {
    const { state } = own.get();
    if (state !== "live" && before === "live") missed = true;
    // What happened while nobody listened comes with the resume; lists are asked once more.
    if (state === "live" && before !== "live" && missed) {
      missed = false;
      void client.invalidateQueries({ refetchType: "active" });
    }
    before = state;
    tell();
  });
  const look = () => (document.visibilityState === "hidden" ? own.hide() : own.open());
  document.addEventListener("visibilitychange", look);
  look();
  return () => {
    document.removeEventListener("visibilitychange", look);
    stopListening();
    own.close();
    if (feed === own) feed = undefined;
    tell();
  };
}

/** Keeps the stream open while the caller is mounted. */
export function useEventFeed(client: QueryClient): void {
  useEffect(() => start(client), [client]);
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
