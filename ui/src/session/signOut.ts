// Ends the session here and at the Gateway; nothing of it stays in memory.
import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { signOut } from "~/api/mutations";
import { sessionQuery } from "~/api/queries";
import { toastProblem } from "~/components/tell";

export function useSignOut(): () => void {
  const client = useQueryClient();
  const navigate = useNavigate();
  return () => {
    void signOut()
      .then(async () => {
        client.setQueryData(sessionQuery.queryKey, null);
        await navigate({ to: "/sign-in" });
        client.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== "session" });
      })
      .catch((error: unknown) => toastProblem(error, "You are still signed in"));
  };
}
