// Configuration: of the platform, or of one tenant chosen from the tenants there are.
import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import type { Space } from "~/api/govern/types";
import { TenantField } from "~/components/TenantField";
import { reachOf } from "~/session/reach";
import { useSession } from "~/session/session";
import { buttonClass } from "~/ui/Button";
import { EmptyState } from "~/ui/EmptyState";
import { PageHead } from "~/ui/PageHead";
import { Panel } from "~/ui/Panel";
import { Segmented } from "~/ui/Segmented";
import css from "./Documents.module.css";
import { DocumentsList } from "./DocumentsList";

const route = getRouteApi("/console/config");

export function ConfigPage() {
  const { tenant, scope, q, sort } = route.useLoaderDeps();
  const navigate = useNavigate();
  const reach = reachOf(useSession(), "control.config.read");
  // Whoever may read one tenant only begins there; the address says anything else.
  const home = reach === "all" || scope === "platform" ? undefined : reach[0];
  const of = tenant ?? home;
  const wantsTenant = of !== undefined || scope === "tenant";
  const go = (next: { tenant?: string | undefined; scope?: "platform" | "tenant" | undefined }) =>
    void navigate({ to: "/config", search: { ...next, q, sort } });
  const choose = (
    <>
      <Segmented
        label="Whose configuration"
        value={wantsTenant ? "tenant" : "platform"}
        options={[
          { value: "platform", label: "Platform" },
          { value: "tenant", label: "One tenant" },
        ]}
        onChange={(next) => go({ scope: next === "tenant" ? "tenant" : "platform" })}
      />
      {wantsTenant && (
        <PickTenant key={of} tenant={of ?? ""} onPick={(next) => go({ tenant: next })} />
      )}
    </>
  );
  if (wantsTenant && !of) {
    return (
      <>
        <PageHead title="Config" />
        <div className={css.choose}>{choose}</div>
        <Panel fill label="Config">
          <EmptyState title="Which tenant?">
            A tenant has documents of its own, apart from those of the platform. Name one above, or
            open it from{" "}
            <Link to="/tenants" className="link">
              Tenants
            </Link>
            .
          </EmptyState>
        </Panel>
      </>
    );
  }
  const space: Space = of ? { of: "tenant", tenant_id: of } : { of: "platform" };
  return (
    <DocumentsList
      title="Config"
      space={space}
      q={q}
      sort={sort}
      choose={choose}
      onSearch={(next) => void navigate({ to: "/config", search: { tenant, scope, ...next } })}
      onOpen={(name) =>
        void navigate({ to: "/config/$name", params: { name }, search: { tenant: of } })
      }
      linkTo={(name, text) => (
        <Link to="/config/$name" params={{ name }} search={{ tenant: of }} className="strong">
          {text}
        </Link>
      )}
      empty={
        q ? (
          <EmptyState
            title="No document matches"
            actions={
              <Link
                to="/config"
                search={{ tenant, scope }}
                className={buttonClass({ variant: "primary" })}
              >
                Clear the filter
              </Link>
            }
          >
            Other documents are hidden by the filter above.
          </EmptyState>
        ) : (
          <EmptyState
            title={of ? `${of} has no configuration of its own` : "No configuration is kept yet"}
            command={`curl -X PUT "$CONTROL/admin/v1/config/${of ? "tenant/" : ""}documents/limits" \\
  -H "Authorization: Bearer $TOKEN" -H 'If-None-Match: *' \\${of ? `\n  -H 'x-tenant-id: ${of}' \\` : ""}
  -H 'x-reason: first limits' --json '{"document":{}}'`}
          >
            {of
              ? "What the platform says holds for it. A document made here is for this tenant only:"
              : "A document is JSON with a name; each change is a version that can be restored:"}
          </EmptyState>
        )
      }
    />
  );
}

function PickTenant({ tenant, onPick }: { tenant: string; onPick: (next: string) => void }) {
  const [text, setText] = useState(tenant);
  return <TenantField label="Tenant" value={text} onChange={setText} onPick={onPick} />;
}
