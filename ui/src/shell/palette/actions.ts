// What the palette can do. An action that is off stays in the list with its reason.
import { DEFINITION_KINDS } from "~/api/govern/types";
import type { Job } from "~/api/types";
import { actionsOfJob, replayCommand, reverseOff } from "~/components/jobActions";
import { jobTitle } from "~/components/words";
import { type GovernAsk, isGovernAsk } from "~/dialogs/govern/asks";
import { openGovern, openMigrate, openVerb } from "~/dialogs/host";
import { openReverse } from "~/dialogs/reverse";
import type { IconName } from "~/ui/glyphs";
import type { Draft } from "~/util/drafts";
import { shortId } from "~/util/format";
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

/** What can be made at the Gateway, and what was begun and not sent. */
export function governs(
  may: (right: string) => string | undefined,
  drafts: readonly Draft[],
): Action[] {
  const make = (
    id: string,
    label: string,
    icon: IconName,
    right: string,
    ask: GovernAsk,
  ): Action => {
    const off = may(right);
    return {
      id: `do ${id}`,
      label: `${label}${off ? "" : "…"}`,
      icon,
      note: "asks for a reason",
      off,
      run: () => openGovern(ask),
    };
  };
  return [
    ...drafts.flatMap(({ key, title, ask }): Action[] =>
      isGovernAsk(ask)
        ? [
            {
              id: `do draft ${key}`,
              label: `Go on with: ${title}`,
              icon: "undo",
              note: "not sent yet",
              run: () => openGovern(ask),
            },
          ]
        : [],
    ),
    make("new-user", "New user", "user", "control.iam.write", { of: "user" }),
    make("new-role", "New role", "roles", "control.iam.write", { of: "role" }),
    make("new-config", "New configuration document", "config", "control.config.write", {
      of: "document",
      space: { of: "platform" },
    }),
    ...DEFINITION_KINDS.map((kind) =>
      make(`new-${kind}`, `New ${kind} definition`, "definitions", "control.definitions.write", {
        of: "document",
        space: { of: "definition", kind },
      }),
    ),
  ];
}

/** Where an id of the Gateway's leads: by its shape, for no view of ours knows it. */
export function opens(text: string, go: (href: string) => void): Action[] {
  const kinds = [
    { shape: /^ses_[A-Za-z0-9]{8,}$/, noun: "Session", icon: "sessions", way: "/sessions/" },
    { shape: /^usr_[A-Za-z0-9._-]{2,}$/, noun: "User", icon: "user", way: "/users/" },
  ] as const;
  return kinds
    .filter(({ shape }) => shape.test(text))
    .map(({ noun, icon, way }) => ({
      id: `do open ${noun}`,
      label: `${noun} ${shortId(text)}`,
      icon,
      run: () => go(`${way}${encodeURIComponent(text)}`),
    }));
}

/** Why the one signed in may not, or undefined. */
type Lacks = (right: string, tenant: string | undefined) => string | undefined;

/** What can be asked of the job that was found; what is off stands last. */
export function jobDoes(job: Job, lacks: Lacks): Action[] {
  const title = jobTitle(job);
  const tenant = job.tenant_id ?? undefined;
  const verbs = actionsOfJob(job)
    .map((action) => ({
      ...action,
      off: lacks(`control.jobs.${action.verb}`, tenant) ?? action.off,
    }))
    .map(
      (action): Action => ({
        id: `do ${action.verb} ${job.job_id}`,
        label: `${action.label} ${title}${action.off ? "" : "…"}`,
        icon: action.icon,
        note: "asks for a reason",
        off: action.off,
        run: () => openVerb(action.verb, job),
      }),
    );
  const off = reverseOff(job) ?? lacks("control.jobs.create", tenant);
  const reverse: Action = {
    id: `do reverse ${job.job_id}`,
    label: `Reverse ${title}${off ? "" : "…"}`,
    icon: "undo",
    note: "shows the plan first",
    off,
    run: () => openReverse(job),
  };
  const copy: Action = {
    id: `do copy ${job.job_id}`,
    label: "Copy the nats command that replays it",
    icon: "copy",
    run: () => void navigator.clipboard.writeText(replayCommand(job)),
  };
  return [...verbs, reverse, copy].sort((a, b) => Number(Boolean(a.off)) - Number(Boolean(b.off)));
}

/** What can be done with the tenant that was found. */
export function tenantDoes(tenant_id: string, lacks: Lacks): Action[] {
  const off = lacks("control.jobs.create", tenant_id);
  return [
    {
      id: `do migrate ${tenant_id}`,
      label: `Migrate ${tenant_id}${off ? "" : "…"}`,
      icon: "move",
      note: "shows the plan first",
      off,
      run: () => openMigrate(tenant_id),
    },
  ];
}
