import { Link, useRouterState } from "@tanstack/react-router";
import { buttonClass } from "~/ui/Button";
import { EmptyState } from "~/ui/EmptyState";
import { PageHead } from "~/ui/PageHead";
import { Panel } from "~/ui/Panel";

/** No page has this address. */
export function NotFound() {
  const pathname = useRouterState({ select: (state) => state.location.pathname });
  return (
    <>
      <PageHead title="Not found" />
      <Panel fill label="Not found">
        <EmptyState
          title="No page has this address"
          actions={
            <Link to="/" className={buttonClass({ variant: "primary" })}>
              Go to Overview
            </Link>
          }
        >
          The console has no page at <code>{pathname}</code>. Press ⌘K and paste an id to find what
          it belongs to.
        </EmptyState>
      </Panel>
    </>
  );
}
