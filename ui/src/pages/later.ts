// What each page that is not yet filled will show, and the way on until then.
import type { NavPath } from "~/shell/nav";

type Later = {
  title: string;
  sentence: string;
  command?: string;
  links: { to: NavPath; label: string }[];
};

export const later: Partial<Record<NavPath, Later>> = {
  "/deployments": {
    title: "No service is watched yet",
    sentence:
      "This page will list each service with its image, version and tasks, and every rollout with its plan, gates and way back. It comes with Swarm.",
    links: [
      { to: "/jobs", label: "Go to Jobs" },
      { to: "/audit", label: "What changed, in the audit log" },
    ],
  },
  "/observability": {
    title: "No dashboard is linked yet",
    sentence:
      "This page will link the dashboards of the fleet and show what each alert means. Until then an id leads to its logs and its trace.",
    links: [
      { to: "/investigate", label: "Investigate an id" },
      { to: "/jobs", label: "Go to Jobs" },
    ],
  },
  "/streams": {
    title: "The log browser is not here yet",
    sentence:
      "This page will show the command, event and audit streams message by message, with schemas and a diff between two positions. The same messages can be read with the nats program:",
    command: "nats stream view CONTROL_EVENTS 20",
    links: [{ to: "/jobs", label: "Events of a job" }],
  },
};
