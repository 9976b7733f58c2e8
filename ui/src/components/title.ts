// The name of what a page shows, once it is known: for the tab, the crumbs and the announcer.
import { useEffect } from "react";
import { signal } from "~/util/signal";

export const pageTitle = signal<string | undefined>(undefined);

/** For pages about one thing: `Migrate acme`. Pages of a list take their title from the route. */
export function usePageTitle(title: string | undefined): void {
  useEffect(() => {
    pageTitle.set(title);
    return () => pageTitle.set(undefined);
  }, [title]);
}
