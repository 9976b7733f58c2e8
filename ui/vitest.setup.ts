// Every unit test runs against the authoritative mock API; a request nobody answers is a failure.
import { cleanup, configure } from "@testing-library/react";
import { afterAll, afterEach, beforeAll, vi } from "vitest";

// Parts of the console load when first wanted; a busy machine takes its time.
configure({ asyncUtilTimeout: 5_000 });

// jsdom has no layout; these are the smallest honest stand-ins.
class NoObserver {
  observe() {}
  unobserve() {}
  disconnect() {}
  takeRecords() {
    return [];
  }
}
vi.stubGlobal("ResizeObserver", NoObserver);
vi.stubGlobal("IntersectionObserver", NoObserver);
window.matchMedia ??= (query: string) =>
  ({
    matches: false,
    media: query,
    addEventListener() {},
    removeEventListener() {},
  }) as unknown as MediaQueryList;
// A table shows the rows that fit; here a screen of them does.
Object.defineProperties(HTMLElement.prototype, {
  clientWidth: { configurable: true, get: () => 1_000 },
  clientHeight: { configurable: true, get: () => 800 },
});
Element.prototype.scrollIntoView ??= () => {};
Element.prototype.getAnimations ??= () => [];

const { server } = await import("~mock/server");
const { resetWorld } = await import("~mock/world");
const { dialog } = await import("~/dialogs/host");
const { overlay } = await import("~/shell/overlay");
const { forgetDrafts } = await import("~/util/drafts");
const { forgetSession } = await import("~/api/client");
const { sessionEnded } = await import("~/session/ended");

beforeAll(() => server.listen({ onUnhandledRequest: "error" }));
afterEach(() => {
  cleanup();
  dialog.set(undefined);
  overlay.set(undefined);
  forgetSession();
  sessionEnded.set(false);
  server.resetHandlers();
  resetWorld();
  localStorage.clear();
  forgetDrafts();
});
afterAll(() => server.close());
