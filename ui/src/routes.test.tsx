// T1.3: every route of the tree renders without a runtime error, generated from the tree itself.
import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { world } from "~mock/world";
import { routeTree } from "./routes";
import { itemOf, navItems } from "./shell/nav";
import { renderRoute } from "./test/render";

type Node = { options: { path?: string; id?: string }; children?: unknown };

/** Full paths of all leaves; parameters filled with something that exists. */
function paths(node: Node, parent = ""): string[] {
  const path = node.options.path ? `${parent}/${node.options.path}`.replace(/\/+/g, "/") : parent;
  const children = Object.values((node.children ?? {}) as Record<string, Node>);
  if (children.length > 0) return children.flatMap((child) => paths(child, path));
  return [path === "" ? "/" : path.length > 1 ? path.replace(/\/$/, "") : path];
}
const known: Record<string, string> = {
  $job_id: "job_01J9ZK7Q4M8V2T6RX3WB5NCE0H",
  $tenant_id: "acme",
  $sub: "m.okafor",
  $session_id: "ses_01J9ZJ7Q4M8V2T6RX3WB5NC2KF",
  $role: "operator",
  $kind: "aggregate",
};
const all = paths(routeTree as unknown as Node);
/** One name of a document in each place that has documents. */
const named: Record<string, string> = { "/config": "limits", "/definitions/aggregate": "invoice" };
const concrete = (path: string) =>
  path
    .replace(/\$(?!name)[a-z_]+/g, (name) => known[name] ?? name)
    .replace(/^(.*)\/\$name$/, (_, place: string) => `${place}/${named[place]}`);

let errors: unknown[][];
beforeEach(() => {
  errors = [];
  vi.spyOn(console, "error").mockImplementation((...args) => void errors.push(args));
});
afterEach(() => vi.restoreAllMocks());

describe("every route renders", () => {
  test("the tree has the pages of the navigation", () => {
    for (const { to } of navItems) expect(all).toContain(to);
    expect(all).toContain("/sign-in");
  });

  test("the navigation, and with it the palette, has every page that needs no id", () => {
    const apart = new Set(["/sign-in", "/primitives"]);
    const pages = all.filter((path) => !path.includes("$") && !apart.has(path));
    expect(navItems.map(({ to }) => to).sort()).toEqual(pages.sort());
  });

  test("a page about one thing belongs to a page of the navigation, and no chord is given twice", () => {
    for (const path of all.filter((each) => each.includes("$"))) {
      expect(itemOf(concrete(path))?.item.to, path).toBeTruthy();
    }
    const chords = navItems.flatMap(({ chord }) => chord ?? []);
    expect(new Set(chords).size).toBe(chords.length);
  });

  test.each(all)("%s", { timeout: 15_000 }, async (path) => {
    renderRoute(concrete(path));
    await waitFor(() => expect(screen.getByRole("main")).toBeInstanceOf(HTMLElement), {
      timeout: 5_000,
    });
    await waitFor(() => expect(screen.getAllByRole("heading", { level: 1 })).not.toHaveLength(0), {
      timeout: 5_000,
    });
    expect(screen.queryByText("This page cannot be shown")).toBeNull();
    expect(errors).toEqual([]);
  });
});

test("an address nobody has is said to be nobody's", async () => {
  renderRoute("/no/such/page");
  expect(await screen.findByText("No page has this address")).toBeInstanceOf(HTMLElement);
});

test("without a session every page leads to the sign-in and back", async () => {
  world.signedIn = false;
  const { router } = renderRoute("/jobs?state=stuck");
  await screen.findByRole("heading", { name: "Sign in" });
  expect(router.state.location.search).toEqual({ back: "/jobs?state=stuck" });
});

test("the sign-in leads to no other site", async () => {
  world.signedIn = false;
  const { router } = renderRoute("/sign-in?back=%2F%2Fevil.example%2Fjobs");
  const user = userEvent.setup();
  await user.type(await screen.findByLabelText("User name"), "ines.moreau");
  await user.type(screen.getByLabelText("Password"), "correct horse");
  await user.click(screen.getByRole("button", { name: "Sign in" }));
  await screen.findByRole("heading", { name: "Overview" });
  expect(router.state.location.href).toBe("/");
});
