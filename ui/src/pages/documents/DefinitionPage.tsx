// One definition.
import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import { DEFINITION_KINDS } from "~/api/govern/types";
import { oneOf } from "~/util/search";
import { NotFound } from "../NotFound";
import { DocumentPage } from "./DocumentPage";

const route = getRouteApi("/console/definitions/$kind/$name");

export function DefinitionPage() {
  const { kind: wanted, name } = route.useParams();
  const { version, against } = route.useSearch();
  const navigate = useNavigate();
  const kind = oneOf(wanted, DEFINITION_KINDS);
  if (!kind) return <NotFound />;
  return (
    <DocumentPage
      key={`${kind} ${name}`}
      space={{ of: "definition", kind }}
      name={name}
      shown={{ version, against }}
      onShow={(next) =>
        void navigate({ to: "/definitions/$kind/$name", params: { kind, name }, search: next })
      }
      whose={
        <Link to="/definitions" search={{ kind }} className="link">
          {kind} definitions
        </Link>
      }
    />
  );
}
