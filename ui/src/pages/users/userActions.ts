// What can be done with one user, in the menu of its row and on its page; what cannot stays, off.
import { useNavigate } from "@tanstack/react-router";
import type { User } from "~/api/govern/types";
import { openGovern } from "~/dialogs/host";
import { useMayNot } from "~/session/reach";
import type { MenuItem } from "~/ui/Menu";

export function useUserActions(user: User): { off: string | undefined; items: MenuItem[] } {
  const navigate = useNavigate();
  const off = useMayNot("control.iam.write", user.tenant_id);
  const disabled = user.state === "disabled";
  return {
    off,
    items: [
      {
        id: "state",
        label: disabled ? "Enable…" : "Disable…",
        icon: disabled ? "ok" : "denied",
        off,
        onSelect: () => openGovern({ of: "user-state", user }),
      },
      {
        id: "password",
        label: "Set password…",
        icon: "lock",
        off,
        onSelect: () => openGovern({ of: "password", user }),
      },
      {
        id: "revoke",
        label: "Revoke all sessions…",
        icon: "signOut",
        off,
        onSelect: () => openGovern({ of: "revoke-all", user }),
      },
      {
        id: "remove",
        label: "Remove…",
        icon: "close",
        off,
        onSelect: () => openGovern({ of: "user-remove", user }),
      },
      { id: "line", separator: true },
      {
        id: "sessions",
        label: "Their sessions",
        icon: "sessions",
        onSelect: () => void navigate({ to: "/sessions", search: { sub: user.sub } }),
      },
      {
        id: "did",
        label: "What they did",
        icon: "audit",
        onSelect: () => void navigate({ to: "/audit", search: { actor: user.sub } }),
      },
      {
        id: "copy",
        label: "Copy subject",
        icon: "copy",
        chord: "c",
        onSelect: () => void navigator.clipboard.writeText(user.sub),
      },
    ],
  };
}
