// Every right that can be granted, by area; and whether one holds it oneself.
import { useQuery } from "@tanstack/react-query";
import { permissionsQuery } from "~/api/govern/queries";
import { Failed } from "~/components/problem";
import { RightsTable } from "~/components/RightsTable";
import { holds, useSession } from "~/session/session";
import { EmptyState } from "~/ui/EmptyState";
import { Panel } from "~/ui/Panel";
import { Skeleton } from "~/ui/Skeleton";
import { Status } from "~/ui/Status";

export function Permissions() {
  const query = useQuery(permissionsQuery);
  const session = useSession();
  const rights = query.data?.map(({ right }) => right) ?? [];
  const mine = (right: string) => {
    const own = session?.rights ?? [];
    if (holds(own, right)) {
      return (
        <Status tone="ok" icon="ok">
          You hold it
        </Status>
      );
    }
    const scopes = own.filter((each) => each.startsWith(`${right}:`));
    return scopes.length > 0 ? (
      <span className="t2">for {scopes.map((each) => each.split(":")[1]).join(", ")}</span>
    ) : (
      <span className="t3">—</span>
    );
  };
  return (
    <Panel fill label="Permissions" foot="With :tenant behind it, a right is for that tenant only.">
      {query.isPending ? (
        <Skeleton
          what="permissions"
          rows={14}
          columns={["Right", "What it lets one do", "For", "You"].map((head) => ({ head }))}
        />
      ) : query.isError && rights.length === 0 ? (
        <Failed
          error={query.error}
          title="The permissions cannot be read"
          onRetry={() => void query.refetch()}
        />
      ) : rights.length === 0 ? (
        <EmptyState title="The Gateway names no right">
          Without one, only control.* can be granted.
        </EmptyState>
      ) : (
        <RightsTable
          label="Permissions"
          rights={rights}
          permissions={query.data}
          why={mine}
          whyHead="You"
        />
      )}
    </Panel>
  );
}
