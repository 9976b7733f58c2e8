// Renders the real router on the mock API, as main.tsx does.
import { QueryClientProvider } from "@tanstack/react-query";
import { createMemoryHistory, RouterProvider } from "@tanstack/react-router";
import { render } from "@testing-library/react";
import type { ReactNode } from "react";
import { makeClient } from "~/api/cache";
import { makeRouter } from "~/routes";
import { watchSession } from "~/session/ended";
import { Toasts } from "~/ui/Toasts";

let stopWatching: (() => void) | undefined;

export function renderRoute(path: string) {
  const client = makeClient();
  client.setDefaultOptions({ queries: { retry: false } });
  stopWatching?.();
  stopWatching = watchSession(client);
  const router = makeRouter(client, { history: createMemoryHistory({ initialEntries: [path] }) });
  const view = render(
    <QueryClientProvider client={client}>
      <RouterProvider router={router} />
      <Toasts />
    </QueryClientProvider>,
  );
  return { ...view, router, client };
}

export function renderUi(children: ReactNode) {
  return render(
    <>
      {children}
      <Toasts />
    </>,
  );
}
