import { useEffect } from "react";
import { useSignOut } from "~/session/signOut";

/** Signs out as soon as it is shown; loaded only for that. */
export function SignOut({ onClose }: { onClose: () => void }) {
  const signOut = useSignOut();
  // biome-ignore lint/correctness/useExhaustiveDependencies: once, when shown
  useEffect(() => {
    onClose();
    signOut();
  }, []);
  return null;
}
