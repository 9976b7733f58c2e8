// Crumbs, the way to find anything, the state of the stream, time zone, theme, the operator.
import { Link, useNavigate, useRouterState } from "@tanstack/react-router";
import { pageTitle } from "~/components/title";
import { useSession } from "~/session/session";
import { Breadcrumbs } from "~/ui/Breadcrumbs";
import { Button } from "~/ui/Button";
import { Icon } from "~/ui/Icon";
import { Kbd } from "~/ui/Kbd";
import { LazyMenu } from "~/ui/LazyMenu";
import { Segmented } from "~/ui/Segmented";
import { useSignal } from "~/util/signal";
import { useStore } from "~/util/store";
import { setTheme, themeStore } from "~/util/theme";
import { type Zone, zoneStore } from "~/util/zone";
import { Live } from "./Live";
import { itemOf } from "./nav";
import { overlay } from "./overlay";
import css from "./TopBar.module.css";

export function TopBar() {
  const zone = useStore(zoneStore);
  const theme = useStore(themeStore);
  return (
    <header className={css.top}>
      <button
        type="button"
        className={css.menu}
        aria-label="Pages"
        onClick={() => overlay.set(overlay.get() === "nav" ? undefined : "nav")}
      >
        <Icon name="jobs" />
      </button>
      <Crumbs />
      <button type="button" className={css.find} onClick={() => overlay.set("palette")}>
        <Icon name="find" />
        Find or paste any id
        <Kbd>⌘K</Kbd>
      </button>
      <Live />
      <Segmented<Zone>
        small
        label="Time zone"
        value={zone}
        options={[
          { value: "utc", label: "UTC" },
          { value: "local", label: "Local" },
        ]}
        onChange={zoneStore.set}
      />
      <Button
        variant="quiet"
        size="s"
        square
        icon="theme"
        aria-label={theme === "dark" ? "Switch to light" : "Switch to dark"}
        onClick={() => setTheme(theme === "dark" ? "light" : "dark")}
      />
      <UserMenu />
    </header>
  );
}

function Crumbs() {
  const pathname = useRouterState({ select: (state) => state.location.pathname });
  const title = useSignal(pageTitle);
  const place = itemOf(pathname);
  if (!place) return <Breadcrumbs>{title ?? "Not found"}</Breadcrumbs>;
  const { group, item } = place;
  const deeper = pathname !== item.to;
  return (
    <Breadcrumbs>
      <span>{group}</span>
      {deeper ? <Link to={item.to}>{item.label}</Link> : <span>{item.label}</span>}
      {deeper && <span>{title ?? pathname.split("/").at(-1)}</span>}
    </Breadcrumbs>
  );
}

/** The menu itself is loaded when it is first wanted. */
function UserMenu() {
  const session = useSession();
  const navigate = useNavigate();
  if (!session) return null;
  return (
    <LazyMenu
      label="You"
      button={{ variant: "quiet", size: "s", icon: "user" }}
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
        { id: "out", label: "Sign out", icon: "signOut", onSelect: () => overlay.set("out") },
      ]}
    >
      {session.principal.sub}
    </LazyMenu>
  );
}
