// Shapes of Icon.tsx, one entry a name. Data only.
import type { ReactNode } from "react";

const dot = { fill: "currentColor", stroke: "none" } as const;

export const glyphs = {
  ok: (
    <>
      <circle cx="8" cy="8" r="6" />
      <path d="m5.5 8.2 1.8 1.8 3.3-3.8" />
    </>
  ),
  wait: (
    <>
      <circle cx="8" cy="8" r="6" />
      <path d="M8 4.8V8l2.2 1.6" />
    </>
  ),
  run: (
    <>
      <path d="M14 8a6 6 0 1 1-3.4-5.4" />
      <circle cx="8" cy="8" r="1.6" {...dot} />
    </>
  ),
  pause: (
    <>
      <circle cx="8" cy="8" r="6" />
      <path d="M6.6 6v4M9.4 6v4" />
    </>
  ),
  pending: (
    <>
      <circle cx="8" cy="8" r="6" strokeDasharray="1.6 2.2" />
    </>
  ),
  stuck: (
    <>
      <path d="M8 1.8 14.2 8 8 14.2 1.8 8z" />
      <path d="M8 5.4v3.2" />
      <path d="M8 10.6v.1" />
    </>
  ),
  bad: (
    <>
      <path d="M5.6 2h4.8L14 5.6v4.8L10.4 14H5.6L2 10.4V5.6z" />
      <path d="m6 6 4 4m0-4-4 4" />
    </>
  ),
  unknown: (
    <>
      <circle cx="8" cy="8" r="6" strokeDasharray="2.4 1.9" />
      <path d="M6.4 6.6c0-2.1 3.2-2.1 3.2 0 0 1.2-1.6 1.3-1.6 2.3" />
      <path d="M8 11v.1" />
    </>
  ),
  denied: (
    <>
      <circle cx="8" cy="8" r="6" />
      <path d="m4 12 8-8" />
    </>
  ),
  drift: (
    <>
      <path d="M2 6h9M8 3l3 3-3 3" />
      <path d="M14 10H7" />
      <path d="m9 13-2-3" />
    </>
  ),
  drain: (
    <>
      <circle cx="8" cy="8" r="6" />
      <path d="M8 4.8v6M5.8 8.8 8 11l2.2-2.2" />
    </>
  ),
  cordon: (
    <>
      <path d="M2.5 5.5h11v4h-11zM4.5 9.5V13M11.5 9.5V13M5 9.5l3-4M9 9.5l3-4" />
    </>
  ),
  lock: (
    <>
      <rect x="3.5" y="7" width="9" height="6.5" rx="1" />
      <path d="M5.5 7V5a2.5 2.5 0 0 1 5 0v2" />
    </>
  ),
  seal: (
    <>
      <path d="M8 1.8 13 4v4c0 3.2-2.2 5.2-5 6.2C5.2 13.2 3 11.2 3 8V4z" />
      <path d="m5.9 7.9 1.5 1.5 2.7-3" />
    </>
  ),
  undo: (
    <>
      <path d="M3 4v3.5h3.5" />
      <path d="M3.4 7.2A5.2 5.2 0 1 1 3 9.6" />
    </>
  ),
  retry: (
    <>
      <path d="M13 4v3.5H9.5" />
      <path d="M12.6 7.2A5.2 5.2 0 1 0 13 9.6" />
    </>
  ),
  move: (
    <>
      <path d="M2 8h11M9.5 4.5 13 8l-3.5 3.5" />
    </>
  ),
  copy: (
    <>
      <rect x="5.5" y="5.5" width="7.5" height="8" rx="1" />
      <path d="M3 10.5v-7a1 1 0 0 1 1-1h6" />
    </>
  ),
  find: (
    <>
      <circle cx="7" cy="7" r="4.2" />
      <path d="m10.2 10.2 3.3 3.3" />
    </>
  ),
  close: (
    <>
      <path d="m4.5 4.5 7 7m0-7-7 7" />
    </>
  ),
  down: (
    <>
      <path d="m4.5 6.5 3.5 3.5 3.5-3.5" />
    </>
  ),
  left: (
    <>
      <path d="m9.5 4.5-3.5 3.5 3.5 3.5" />
    </>
  ),
  right: (
    <>
      <path d="m6.5 4.5 3.5 3.5-3.5 3.5" />
    </>
  ),
  plus: (
    <>
      <path d="M8 3.5v9M3.5 8h9" />
    </>
  ),
  more: (
    <>
      <path d="M3.5 8v.1M8 8v.1M12.5 8v.1" strokeWidth="2" />
    </>
  ),
  external: (
    <>
      <path d="M6.5 3.5h-3v9h9v-3M9 3h4v4M13 3 7.5 8.5" />
    </>
  ),
  live: (
    <>
      <circle cx="8" cy="8" r="2" {...dot} />
      <path d="M4.6 11.4a4.8 4.8 0 0 1 0-6.8M11.4 4.6a4.8 4.8 0 0 1 0 6.8" />
    </>
  ),
  theme: (
    <>
      <circle cx="8" cy="8" r="5.5" />
      <path d="M8 2.5v11a5.5 5.5 0 0 0 0-11z" {...dot} />
    </>
  ),
  columns: (
    <>
      <rect x="2.5" y="3" width="11" height="10" rx="1" />
      <path d="M6.2 3v10M9.8 3v10" />
    </>
  ),
  download: (
    <>
      <path d="M8 2.5v7.5M5 7.2l3 3 3-3M3 13h10" />
    </>
  ),
  eye: (
    <>
      <path d="M1.8 8S4 3.8 8 3.8 14.2 8 14.2 8 12 12.2 8 12.2 1.8 8 1.8 8z" />
      <circle cx="8" cy="8" r="1.8" />
    </>
  ),
  views: (
    <>
      <path d="M4 2.5h8v11L8 10.5 4 13.5z" />
    </>
  ),
  overview: (
    <>
      <path d="M2.5 7.5 8 3l5.5 4.5M4 6.5V13h8V6.5" />
    </>
  ),
  jobs: (
    <>
      <path d="M3 4h2M7.5 4H13M3 8h2M7.5 8H13M3 12h2M7.5 12H13" />
    </>
  ),
  tenants: (
    <>
      <circle cx="6" cy="6" r="2.4" />
      <path d="M2 13c0-2.6 1.7-4 4-4s4 1.4 4 4M10.4 3.8a2.3 2.3 0 0 1 0 4.4M12 9.6c1.3.6 2 1.8 2 3.4" />
    </>
  ),
  placement: (
    <>
      <rect x="2.5" y="2.5" width="4.5" height="4.5" rx=".6" />
      <rect x="9" y="2.5" width="4.5" height="4.5" rx=".6" />
      <rect x="2.5" y="9" width="4.5" height="4.5" rx=".6" />
      <path d="M9 11.25h4.5M11.25 9v4.5" />
    </>
  ),
  deployments: (
    <>
      <path d="M8 13V4M4.5 7.5 8 4l3.5 3.5M3 2h10" />
    </>
  ),
  observability: (
    <>
      <path d="M2 12.5 5.5 8l2.5 2.5L14 4" />
    </>
  ),
  investigate: (
    <>
      <path d="M3 3v10M3 5h6M3 8h9M3 11h4" />
    </>
  ),
  streams: (
    <>
      <path d="M2 5c2-2 4 2 6 0s4 2 6 0M2 8.5c2-2 4 2 6 0s4 2 6 0M2 12c2-2 4 2 6 0s4 2 6 0" />
    </>
  ),
  audit: (
    <>
      <path d="M4 2.5h6L12.5 5v8.5H4zM6.5 7h4M6.5 10h4" />
    </>
  ),
  user: (
    <>
      <circle cx="8" cy="5.5" r="2.5" />
      <path d="M3 13.5c0-3 2.2-4.5 5-4.5s5 1.5 5 4.5" />
    </>
  ),
  sessions: (
    <>
      <rect x="2" y="3.5" width="12" height="8" rx="1" />
      <path d="M6 14h4" />
    </>
  ),
  roles: (
    <>
      <path d="M9.8 9.2a3.6 3.6 0 1 0-3-3L2.5 10.5V13.5h3v-2h2v-2z" />
    </>
  ),
  config: (
    <>
      <path d="M3 4.5h6M12 4.5h1M3 11.5h1M7 11.5h6" />
      <circle cx="10.5" cy="4.5" r="1.5" />
      <circle cx="5.5" cy="11.5" r="1.5" />
    </>
  ),
  definitions: (
    <>
      <path d="M6 2.5c-2 0-2 1-2 2.5S4 8 2.5 8C4 8 4 9.5 4 11s0 2.5 2 2.5M10 2.5c2 0 2 1 2 2.5s0 3 1.5 3c-1.5 0-1.5 1.5-1.5 3s0 2.5-2 2.5" />
    </>
  ),
  settings: (
    <>
      <circle cx="8" cy="8" r="2" />
      <path d="M8 2v2M8 12v2M2 8h2M12 8h2M3.8 3.8l1.4 1.4M10.8 10.8l1.4 1.4M12.2 3.8l-1.4 1.4M5.2 10.8l-1.4 1.4" />
    </>
  ),
  mark: <path d="M2 4h6l4 4-4 4H2M5 8h9" />,
  check: <path d="m3.5 8.5 3 3 6-7" />,
  signOut: <path d="M6.5 3h-3v10h3M7 8h6.500M11 5.500 13.500 8 11 10.500" />,
} satisfies Record<string, ReactNode>;

export type IconName = keyof typeof glyphs;
