// One document of the configuration, of the platform or of a tenant.
import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import { DocumentPage } from "./DocumentPage";

const route = getRouteApi("/console/config/$name");

export function ConfigDocumentPage() {
  const { name } = route.useParams();
  const { tenant, version, against } = route.useSearch();
  const navigate = useNavigate();
  return (
    <DocumentPage
      key={`${tenant ?? ""} ${name}`}
      space={tenant ? { of: "tenant", tenant_id: tenant } : { of: "platform" }}
      name={name}
      shown={{ version, against }}
      onShow={(next) =>
        void navigate({ to: "/config/$name", params: { name }, search: { tenant, ...next } })
      }
      whose={
        tenant ? (
          <Link to="/tenants/$tenant_id" params={{ tenant_id: tenant }} className="link">
            {tenant}
          </Link>
        ) : (
          "the platform"
        )
      }
    />
  );
}
