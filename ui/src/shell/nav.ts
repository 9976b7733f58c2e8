// The pages of the console in the order of the navigation. The palette, the chords and the route
// test read the same list, so that a page cannot be forgotten in one of them.
import type { IconName } from "~/ui/glyphs";

export type NavPath =
  | "/"
  | "/jobs"
  | "/tenants"
  | "/placement"
  | "/deployments"
  | "/observability"
  | "/investigate"
  | "/streams"
  | "/audit"
  | "/users"
  | "/sessions"
  | "/roles"
  | "/config"
  | "/definitions"
  | "/settings";

export type NavItem = { to: NavPath; label: string; icon: IconName; chord?: string };
export type NavGroup = { label: string; items: readonly NavItem[] };

export const navGroups: readonly NavGroup[] = [
  {
    label: "Operate",
    items: [
      { to: "/", label: "Overview", icon: "overview", chord: "o" },
      { to: "/jobs", label: "Jobs", icon: "jobs", chord: "j" },
      { to: "/tenants", label: "Tenants", icon: "tenants", chord: "t" },
      { to: "/placement", label: "Scale & Placement", icon: "placement", chord: "p" },
      { to: "/deployments", label: "Deployments", icon: "deployments", chord: "d" },
    ],
  },
  {
    label: "Observe",
    items: [
      { to: "/observability", label: "Observability", icon: "observability", chord: "b" },
      { to: "/investigate", label: "Investigate", icon: "investigate", chord: "i" },
      { to: "/streams", label: "Streams", icon: "streams", chord: "s" },
      { to: "/audit", label: "Audit Log", icon: "audit", chord: "a" },
    ],
  },
  {
    label: "Govern",
    items: [
      { to: "/users", label: "Users", icon: "user", chord: "u" },
      { to: "/sessions", label: "Sessions", icon: "sessions", chord: "e" },
      { to: "/roles", label: "Roles & Permissions", icon: "roles", chord: "r" },
      { to: "/config", label: "Config", icon: "config", chord: "c" },
      { to: "/definitions", label: "Definitions", icon: "definitions", chord: "f" },
    ],
  },
];

export const settings: NavItem = {
  to: "/settings",
  label: "Settings",
  icon: "settings",
  chord: ",",
};

export const navItems: readonly NavItem[] = [
  ...navGroups.flatMap((group) => group.items),
  settings,
];

/** The item a path belongs to: `/jobs/job_…` is under Jobs. */
export function itemOf(pathname: string): { group: string; item: NavItem } | undefined {
  const owns = ({ to }: NavItem) =>
    to === "/" ? pathname === "/" : pathname === to || pathname.startsWith(`${to}/`);
  for (const group of navGroups) {
    const item = group.items.find(owns);
    if (item) return { group: group.label, item };
  }
  return owns(settings) ? { group: "Govern", item: settings } : undefined;
}
