// Build, dev server and unit tests in one place.
// The policy below is the one command-api sends in production; development differs only by
// the nonce that lets Vite inject its own style and preamble tags.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";

const api = process.env.CONTROL_API_URL ?? "http://127.0.0.1:8080";
/** Keeps Host as it came: the API compares it with Origin, as it does in production. */
const through = { target: api, changeOrigin: false };
const proxy = { "/admin": through, "/ready": through, "/health": through };
const nonce = "vite-dev";
const csp = (dev: boolean) =>
  [
    "default-src 'none'",
    `script-src 'self'${dev ? ` 'nonce-${nonce}'` : ""}`,
    `style-src 'self'${dev ? ` 'nonce-${nonce}'` : ""}`,
    "img-src 'self'",
    "font-src 'self'",
    `connect-src 'self'${dev ? " ws:" : ""}`,
    "worker-src 'self'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join("; ");

/** Serves MSW's worker from its package, in mock mode only, so it never reaches a build. */
function mockWorker(): Plugin {
  const file = createRequire(import.meta.url).resolve("msw/mockServiceWorker.js");
  return {
    name: "mock-worker",
    apply: "serve",
    configureServer(server) {
      server.middlewares.use("/mockServiceWorker.js", (_req, res) => {
        res.setHeader("content-type", "text/javascript");
        res.end(readFileSync(file));
      });
    },
  };
}

export default defineConfig(({ command, mode }) => ({
  plugins: [react(), ...(mode === "mock" ? [mockWorker()] : [])],
  html: command === "serve" ? { cspNonce: nonce } : {},
  resolve: {
    alias: {
      "~mock": fileURLToPath(new URL("./mock-api", import.meta.url)),
      "~": fileURLToPath(new URL("./src", import.meta.url)),
    },
  },
  server: {
    port: 5173,
    headers: { "content-security-policy": csp(true) },
    proxy: mode === "mock" ? {} : proxy,
  },
  preview: {
    port: 4173,
    headers: { "content-security-policy": csp(false) },
    proxy,
  },
  build: {
    target: "es2023",
    assetsInlineLimit: 0,
    manifest: true,
    sourcemap: true,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      output: {
        // What every page needs travels as one file: it compresses better than twenty.
        codeSplitting: {
          groups: [{ name: "shell", tags: ["$initial"] }],
        },
      },
    },
  },
  test: {
    environment: "jsdom",
    setupFiles: ["./vitest.setup.ts"],
    include: ["src/**/*.test.{ts,tsx}", "mock-api/**/*.test.ts"],
    css: { modules: { classNameStrategy: "non-scoped" } },
    restoreMocks: true,
    maxWorkers: 2,
    testTimeout: 20_000,
  },
}));
