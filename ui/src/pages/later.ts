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
  "/users": {
    title: "Users live in the Gateway",
    sentence:
      "This page will list the operators' accounts and change them through the Gateway, with a reason and an audit record for each change.",
    links: [{ to: "/audit", label: "Who did what, in the audit log" }],
  },
  "/sessions": {
    title: "Sessions live in the Gateway",
    sentence:
      "This page will list open sessions with their address and age, and end one with a reason.",
    links: [{ to: "/settings", label: "Your own session" }],
  },
  "/roles": {
    title: "Roles and permissions live in the Gateway",
    sentence:
      "This page will show which role holds which right, and who has it. Your own rights are listed in Settings.",
    links: [{ to: "/settings", label: "Your rights" }],
  },
  "/config": {
    title: "No configuration is read yet",
    sentence:
      "This page will show each service's versioned configuration, compare two versions and roll one out as a job.",
    links: [{ to: "/jobs", label: "Go to Jobs" }],
  },
  "/definitions": {
    title: "No definition is read yet",
    sentence:
      "This page will show the definitions tenants run on, version by version, and which tenant uses which.",
    links: [{ to: "/tenants", label: "Go to Tenants" }],
  },
};
