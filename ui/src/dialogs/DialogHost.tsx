import { lazy, Suspense } from "react";
import { useSignal } from "~/util/signal";
import { dialog } from "./host";

const MigrateDialog = lazy(async () => ({
  default: (await import("./migrate/MigrateDialog")).MigrateDialog,
}));
const VerbDialog = lazy(async () => ({ default: (await import("./VerbDialog")).VerbDialog }));

const GovernDialog = lazy(async () => ({
  default: (await import("./govern/GovernDialog")).GovernDialog,
}));

/** Renders the dialog that is asked for; closing it forgets the request. */
export function DialogHost() {
  const request = useSignal(dialog);
  const close = () => dialog.set(undefined);
  if (!request) return null;
  return (
    <Suspense fallback={null}>
      {request.type === "migrate" ? (
        <MigrateDialog request={request} onClose={close} />
      ) : request.type === "verb" ? (
        <VerbDialog request={request} onClose={close} />
      ) : (
        <GovernDialog ask={request.ask} onClose={close} />
      )}
    </Suspense>
  );
}
