// Definitions: what aggregates, projections and runners do, kind by kind.
import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import { DEFINITION_KINDS, type DefinitionKind } from "~/api/govern/types";
import { sentence } from "~/components/words";
import { buttonClass } from "~/ui/Button";
import { EmptyState } from "~/ui/EmptyState";
import { Segmented } from "~/ui/Segmented";
import { oneOf } from "~/util/search";
import { DocumentsList } from "./DocumentsList";

const route = getRouteApi("/console/definitions");

const says: Record<DefinitionKind, string> = {
  aggregate: "An aggregate definition names the commands and events of one aggregate.",
  projection: "A projection definition names a read model and the events it is made from.",
  runner: "A runner definition says what is done upon an event.",
};

export function DefinitionsPage() {
  const { kind: wanted, q, sort } = route.useLoaderDeps();
  const kind = oneOf(wanted, DEFINITION_KINDS) ?? "aggregate";
  const navigate = useNavigate();
  return (
    <DocumentsList
      key={kind}
      title="Definitions"
      space={{ of: "definition", kind }}
      q={q}
      sort={sort}
      choose={
        <Segmented<DefinitionKind>
          label="Kind"
          value={kind}
          options={DEFINITION_KINDS.map((each) => ({ value: each, label: sentence(each) }))}
          onChange={(next) =>
            void navigate({ to: "/definitions", search: { kind: next, q, sort } })
          }
        />
      }
      onSearch={(next) => void navigate({ to: "/definitions", search: { kind, ...next } })}
      onOpen={(name) =>
        void navigate({ to: "/definitions/$kind/$name", params: { kind, name }, search: {} })
      }
      linkTo={(name, text) => (
        <Link to="/definitions/$kind/$name" params={{ kind, name }} className="strong">
          {text}
        </Link>
      )}
      empty={
        <EmptyState
          title={q ? "No definition matches" : `No ${kind} is defined yet`}
          {...(q
            ? {}
            : {
                command: `curl -X PUT "$CONTROL/admin/v1/definitions/${kind}/order" \\
  -H "Authorization: Bearer $TOKEN" -H 'If-None-Match: *' \\
  -H 'x-reason: first definition' --json '{"document":{}}'`,
              })}
          actions={
            q && (
              <Link
                to="/definitions"
                search={{ kind }}
                className={buttonClass({ variant: "primary" })}
              >
                Clear the filter
              </Link>
            )
          }
        >
          {q ? "Other definitions are hidden by the filter above." : says[kind]}
        </EmptyState>
      }
    />
  );
}
