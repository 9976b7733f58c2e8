// The navigation, grouped by what one does: operate, observe, govern.
import { Link, useRouterState } from "@tanstack/react-router";
import { useSession } from "~/session/session";
import { Icon } from "~/ui/Icon";
import { cx } from "~/util/cx";
import { buildText } from "~/util/format";
import { useSignal } from "~/util/signal";
import { useOpenCounts } from "./counts";
import css from "./Nav.module.css";
import { itemOf, type NavItem, navGroups, settings } from "./nav";
import { overlay } from "./overlay";

export function Nav() {
  const pathname = useRouterState({ select: (state) => state.location.pathname });
  const session = useSession();
  const open = useSignal(overlay) === "nav";
  const current = itemOf(pathname)?.item.to;
  const counts = useOpenCounts();
  return (
    <nav className={cx(css.nav, open && css.open)} aria-label="Main">
      <div className={css.top}>
        <Icon name="mark" />
        <b>Control plane</b>
        {session && <span className={css.environment}>{session.environment}</span>}
      </div>
      {navGroups.map((group) => (
        <div key={group.label} className={css.group}>
          <h2>{group.label}</h2>
          <ul>
            {group.items.map((item) => (
              <li key={item.to}>
                <NavLink item={item} current={item.to === current}>
                  {item.to === "/jobs" && counts.open > 0 && (
                    <span className={css.count}>
                      {counts.open}
                      <span className="vh"> open</span>
                    </span>
                  )}
                  {item.to === "/" && counts.needYou > 0 && (
                    <span className={cx(css.count, "c-warn")}>
                      {counts.needYou}
                      <span className="vh"> need you</span>
                    </span>
                  )}
                </NavLink>
              </li>
            ))}
          </ul>
        </div>
      ))}
      <div className={css.foot}>
        <NavLink item={settings} current={settings.to === current} />
        {session && <div className={css.build}>command-api {buildText(session.version)}</div>}
      </div>
    </nav>
  );
}

function NavLink({
  item,
  current,
  children,
}: {
  item: NavItem;
  current: boolean;
  children?: React.ReactNode;
}) {
  return (
    <Link
      to={item.to}
      className={css.link}
      aria-current={current ? "page" : undefined}
      onClick={() => overlay.set(undefined)}
    >
      <Icon name={item.icon} />
      {item.label}
      {children}
    </Link>
  );
}
