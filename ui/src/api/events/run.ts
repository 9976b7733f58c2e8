// The feed of this tab: opened while the tab is looked at, rows put into the cache.
import type { QueryClient } from "@tanstack/react-query";
import { serverNow } from "~/util/clock";
import { sessionIsGone } from "../client";
import { rowApplier } from "./apply";
import { EventFeed } from "./feed";

export function run(
  client: QueryClient,
  began: (feed: EventFeed) => void,
  changed: () => void,
): () => void {
  const own = new EventFeed(
    {
      url: "/admin/v1/events",
      fetch: (...args) => globalThis.fetch(...args),
      now: serverNow,
      random: Math.random,
      setTimer: (task, ms) => window.setTimeout(task, ms),
      clearTimer: (timer) => window.clearTimeout(timer),
    },
    rowApplier(client),
  );
  let before = own.get().state;
  let missed = false;
  const stopListening = own.subscribe(() => {
    const { state, stoppedBy } = own.get();
    if (state === "stopped" && stoppedBy === 401) sessionIsGone();
    if (state !== "live" && before === "live") missed = true;
    // What happened while nobody listened comes with the resume; lists are asked once more.
    if (state === "live" && before !== "live" && missed) {
      missed = false;
      void client.invalidateQueries({ refetchType: "active" });
    }
    before = state;
    changed();
  });
  const look = () => (document.visibilityState === "hidden" ? own.hide() : own.open());
  document.addEventListener("visibilitychange", look);
  began(own);
  look();
  return () => {
    document.removeEventListener("visibilitychange", look);
    stopListening();
    own.close();
  };
}
