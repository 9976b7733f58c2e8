// Every sign-in the Gateway keeps: who is signed in now, until when, and who was signed out and why.
import { useInfiniteQuery } from "@tanstack/react-query";
import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { sessionsQuery } from "~/api/govern/queries";
import { type FilterDef, ListFilters } from "~/components/ListFilters";
import { ListPanel, useRows } from "~/components/ListPanel";
import { ReadAt } from "~/components/ReadAt";
import { sortOf, sortText } from "~/components/sort";
import { SESSION_STATES, sessionLook } from "~/components/words";
import { Drafts } from "~/dialogs/govern/Drafts";
import { openGovern } from "~/dialogs/host";
import { useMayNowhere } from "~/session/reach";
import { buttonClass } from "~/ui/Button";
import { EmptyState } from "~/ui/EmptyState";
import { PageHead } from "~/ui/PageHead";
import { Segmented } from "~/ui/Segmented";
import { int } from "~/util/format";
import { oneOf } from "~/util/search";
import { sessionColumns } from "./columns";

const route = getRouteApi("/console/sessions");

type FilterId = "q" | "sub";
const filters: readonly FilterDef<FilterId>[] = [
  { id: "q", label: "Session or user", operator: "has" },
  { id: "sub", label: "Subject", operator: "is" },
];
const USUAL = "-created_at";

export function SessionsPage() {
  const { sort, state, ...search } = route.useLoaderDeps();
  const navigate = useNavigate();
  const off = useMayNowhere("control.iam.write");
  const [activeId, setActiveId] = useState<string>();
  const query = useInfiniteQuery(
    sessionsQuery({ ...search, state: oneOf(state, SESSION_STATES), sort }),
  );
  const { total } = useRows(query);
  const filtered = Object.values({ ...search, state }).some(Boolean);
  const go = (next: { q?: string; sub?: string; state?: string; sort?: string }) =>
    void navigate({ to: "/sessions", search: { ...search, state, sort, ...next } });
  return (
    <>
      <PageHead title="Sessions" sub={total !== undefined && int(total)}>
        <ReadAt
          at={query.dataUpdatedAt}
          busy={query.isFetching}
          onAgain={() => void query.refetch()}
        />
      </PageHead>
      <Drafts of="session " />
      <ListFilters
        defs={filters}
        values={search}
        onChange={(next) => void navigate({ to: "/sessions", search: { ...next, state, sort } })}
        matches={filtered && total !== undefined ? `${int(total)} match` : undefined}
      >
        <Segmented
          label="State"
          value={oneOf(state, SESSION_STATES) ?? "all"}
          options={[
            { value: "all", label: "All" },
            ...SESSION_STATES.map((each) => ({ value: each, label: sessionLook(each).word })),
          ]}
          onChange={(next) => go({ state: next === "all" ? "" : next })}
        />
      </ListFilters>
      <ListPanel
        label="Sessions"
        what="sessions"
        query={query}
        columns={sessionColumns}
        rowId={(session) => session.session_id}
        stillTrue="Who is signed in stays so; only the list is missing."
        sort={sortOf(sort, USUAL)}
        onSort={(next) => go({ sort: sortText(next, USUAL) ?? "" })}
        activeId={activeId}
        onActive={(session) => setActiveId(session.session_id)}
        onOpen={({ session_id }) =>
          void navigate({ to: "/sessions/$session_id", params: { session_id } })
        }
        keys={{
          r: (session) =>
            !off && session.state === "active" && openGovern({ of: "session-revoke", session }),
          c: (session) => void navigator.clipboard.writeText(session.session_id),
        }}
        empty={
          <EmptyState
            title={filtered ? "No session matches" : "You see no session"}
            actions={
              filtered && (
                <Link to="/sessions" search={{}} className={buttonClass({ variant: "primary" })}>
                  Clear the filters
                </Link>
              )
            }
            {...(filtered
              ? {}
              : {
                  command:
                    'curl "$CONTROL/admin/v1/iam/sessions?state=active" -H "Authorization: Bearer $TOKEN"',
                })}
          >
            {filtered
              ? "Other sessions are hidden by the filters above."
              : "Each sign-in is one session, kept until a day after its end. Whoever may read one tenant only sees sessions of its users. The same list for a script:"}
          </EmptyState>
        }
      />
    </>
  );
}
