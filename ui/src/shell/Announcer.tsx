// Says where one is after each change of page, and names the tab.
import { useRouterState } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { pageTitle } from "~/components/title";
import { useSignal } from "~/util/signal";
import { itemOf } from "./nav";

export function Announcer() {
  const pathname = useRouterState({ select: (state) => state.location.pathname });
  const title = useSignal(pageTitle);
  const [said, setSaid] = useState("");
  const item = itemOf(pathname)?.item;
  const name = title ?? item?.label ?? "Not found";
  useEffect(() => {
    document.title = `${name} · Control plane`;
    setSaid(`${name}, page`);
  }, [name]);
  return (
    <div role="status" aria-live="polite" className="vh">
      {said}
    </div>
  );
}
