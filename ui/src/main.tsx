// Starts the console: query cache, router, toasts. In `--mode mock` a worker answers for the API.
import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { lazy, StrictMode, Suspense } from "react";
import { createRoot } from "react-dom/client";
import { makeClient } from "./api/cache";
import { makeRouter } from "./routes";
import { watchSession } from "./session/ended";
import "./styles/tokens.css";
import "./styles/base.css";

const Toasts = lazy(async () => ({ default: (await import("./ui/Toasts")).Toasts }));

async function start(): Promise<void> {
  if (import.meta.env.MODE === "mock") {
    const { worker } = await import("~mock/browser");
    await worker.start({ quiet: true, onUnhandledRequest: "bypass" });
  }
  const client = makeClient();
  const router = makeRouter(client);
  watchSession(client);
  const root = document.getElementById("root");
  if (!root) throw new Error("index.html has no #root");
  createRoot(root).render(
    <StrictMode>
      <QueryClientProvider client={client}>
        <RouterProvider router={router} />
        <Suspense fallback={null}>
          <Toasts />
        </Suspense>
      </QueryClientProvider>
    </StrictMode>,
  );
}

void start();
