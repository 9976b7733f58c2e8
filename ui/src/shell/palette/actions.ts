// What the palette can do. An action that is off stays in the list with its reason.
import type { QueryClient } from "@tanstack/react-query";
import type { Job, SearchHit } from "~/api/types";
import { actionsOfJob } from "~/components/jobActions";
import { openVerb } from "~/dialogs/host";
import type { IconName } from "~/ui/glyphs";
import { setTheme, themeStore } from "~/util/theme";
import { zoneStore } from "~/util/zone";

export type Action = {
  id: string;
  label: string;
  icon: IconName;
  note?: string;
  off?: string | undefined;
  run: () => void;
};

/** Always there. */
export function actionsOf(shell: {
  signOut: () => void;
  showKeys: () => void;
  showRecent: () => void;
}): Action[] {
  const light = themeStore.get() === "light";
  const utc = zoneStore.get() === "utc";
  return [
    {
      id: "do theme",
      label: light ? "Switch to dark" : "Switch to light",
      icon: "theme",
      run: () => setTheme(light ? "dark" : "light"),
    },
    {
      id: "do zone",
      label: utc ? "Show local time" : "Show UTC",
      icon: "wait",
      run: () => zoneStore.set(utc ? "local" : "utc"),
    },
    { id: "do recent", label: "Recent request ids", icon: "copy", run: shell.showRecent },
    { id: "do keys", label: "All keys", icon: "jobs", run: shell.showKeys },
    { id: "do sign-out", label: "Sign out", icon: "signOut", run: shell.signOut },
  ];
}

/** For the job that was found; reasons are known only once the job itself is loaded. */
export function doActions(hit: SearchHit, client: QueryClient): Action[] {
  const job = client.getQueryData<Job>(["jobs", "one", hit.id]);
  if (!job) return [];
  return actionsOfJob(job).map((action) => ({
    id: `do ${action.verb} ${hit.id}`,
    label: `${action.label} ${hit.title}…`,
    icon: action.icon,
    note: "asks for a reason",
    off: action.off,
    run: () => openVerb(action.verb, job),
  }));
}
