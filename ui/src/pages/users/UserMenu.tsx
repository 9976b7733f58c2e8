// The menu at the end of a row of the users list.
import type { User } from "~/api/govern/types";
import { openGovern } from "~/dialogs/host";
import { LazyMenu } from "~/ui/LazyMenu";
import { useUserActions } from "./userActions";

export function UserMenu({ user }: { user: User }) {
  const { off, items } = useUserActions(user);
  const label = `Actions for ${user.username}`;
  return (
    <LazyMenu
      label={label}
      button={{
        variant: "quiet",
        size: "s",
        square: true,
        icon: "more",
        "aria-label": label,
      }}
      items={[
        {
          id: "edit",
          label: "Edit…",
          icon: "config",
          chord: "e",
          off,
          onSelect: () => openGovern({ of: "user", user }),
        },
        ...items,
      ]}
    />
  );
}
