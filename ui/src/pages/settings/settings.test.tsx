// The settings page: who one is, why one may what, and what runs in which version.
import { screen, waitFor, within } from "@testing-library/react";
import { HttpResponse, http } from "msw";
import { expect, test } from "vitest";
import { violations } from "~/test/axe";
import { openPage } from "~/test/govern";
import { nodeHealth } from "~/test/node";
import { server } from "~mock/server";
import { buildsOf } from "./Versions";

test("who one is, each right with its why, and every process with its build", async () => {
  const { container } = await openPage("/settings", "Settings");
  expect(screen.getByText("Ines Moreau")).toBeTruthy();
  const rights = await screen.findByRole("table", { name: "Your rights" });
  expect(within(rights).getByRole("link", { name: "admin" })).toBeTruthy();
  const services = await screen.findByRole("table", { name: "Services" });
  await waitFor(() => expect(services.textContent).toContain("runner"));
  expect(within(services).getByText("saga-2").closest("tr")?.textContent).toContain("leads");
  expect(within(services).getByText("saga-1").closest("tr")?.textContent).toContain("stands by");
  expect(within(services).getAllByText("unknown")).toHaveLength(1);
  expect((await screen.findAllByRole("table", { name: "Recent request ids" })).length).toBe(1);
  expect(await violations(container)).toEqual([]);
});

test("builds that differ side by side are said to", async () => {
  server.use(
    http.get("*/admin/v1/services", () =>
      HttpResponse.json({
        observed_at: new Date().toISOString(),
        items: ["0.9.3", "0.9.4"].map((version) => ({
          service: "job-saga",
          instance_id: `saga ${version}`,
          version,
          git_sha: "4c1e7ab",
          started_at: new Date().toISOString(),
          leader: null,
        })),
      }),
    ),
  );
  await openPage("/settings", "Settings");
  await screen.findByText("2 builds side by side");
});

test("nodes are counted by kind and build, and one that does not tell is unknown", () => {
  const rows = buildsOf([
    nodeHealth(),
    nodeHealth({ node_id: "run-02a" }),
    nodeHealth({ node_id: "run-03a", version: null, git_sha: null }),
    nodeHealth({ node_id: "gw-01", kind: "gateway", version: "1.1.0" }),
  ]);
  expect(rows).toEqual([
    { kind: "gateway", version: "1.1.0 · 4c1e7ab", nodes: 1 },
    { kind: "runner", version: "1.0.0 · 4c1e7ab", nodes: 2 },
    { kind: "runner", version: undefined, nodes: 1 },
  ]);
});
