// Whether the session ended under an open page. The page stays, with all that was typed, until one
// signs in again over it (dialogs/SignInAgain.tsx) or leaves.
import type { QueryClient } from "@tanstack/react-query";
import { onSignedOut } from "~/api/client";
import { sessionQuery } from "~/api/queries";
import { signal } from "~/util/signal";

export const sessionEnded = signal(false);

/** Without a session to begin with, the routes lead to the sign-in; nothing has ended then. */
export function watchSession(client: QueryClient): () => void {
  return onSignedOut(() => sessionEnded.set(Boolean(client.getQueryData(sessionQuery.queryKey))));
}
