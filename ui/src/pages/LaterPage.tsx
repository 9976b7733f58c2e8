// A page whose data comes with a later milestone: says what it will show and what exists today.
import { Link, useRouterState } from "@tanstack/react-router";
import { itemOf, type NavPath } from "~/shell/nav";
import { buttonClass } from "~/ui/Button";
import { EmptyState } from "~/ui/EmptyState";
import { PageHead } from "~/ui/PageHead";
import { Panel } from "~/ui/Panel";
import { later } from "./later";

export function LaterPage() {
  const pathname = useRouterState({ select: (state) => state.location.pathname });
  const label = itemOf(pathname)?.item.label ?? "Not found";
  const entry = later[pathname as NavPath];
  return (
    <>
      <PageHead title={label} />
      <Panel fill label={label}>
        <EmptyState
          title={entry?.title ?? "Nothing is here yet"}
          {...(entry?.command ? { command: entry.command } : {})}
          actions={entry?.links.map(({ to, label: name }, index) => (
            <Link
              key={to}
              to={to}
              className={buttonClass({ variant: index === 0 ? "primary" : "default" })}
            >
              {name}
            </Link>
          ))}
        >
          {entry?.sentence}
        </EmptyState>
      </Panel>
    </>
  );
}
