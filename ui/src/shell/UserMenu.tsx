// What belongs to the operator: recent ids, keys, settings, the way out. Opens as it is loaded.
import { useNavigate } from "@tanstack/react-router";
import { useSignOut } from "~/session/signOut";
import { Button } from "~/ui/Button";
import { Menu } from "~/ui/Menu";
import { overlay } from "./overlay";

export function UserMenu({ name }: { name: string }) {
  const navigate = useNavigate();
  const signOut = useSignOut();
  return (
    <Menu
      label="You"
      defaultOpen
      trigger={
        <Button variant="quiet" size="s" icon="user">
          {name}
        </Button>
      }
      items={[
        {
          id: "recent",
          label: "Recent request ids",
          icon: "copy",
          onSelect: () => overlay.set("recent"),
        },
        {
          id: "keys",
          label: "All keys",
          icon: "jobs",
          chord: "?",
          onSelect: () => overlay.set("keys"),
        },
        {
          id: "settings",
          label: "Settings",
          icon: "settings",
          onSelect: () => void navigate({ to: "/settings" }),
        },
        { id: "line", separator: true },
        { id: "out", label: "Sign out", icon: "signOut", onSelect: signOut },
      ]}
    />
  );
}
