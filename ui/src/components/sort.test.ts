import { expect, test } from "vitest";
import { sortOf, sortText } from "./sort";

test("the usual order is not written, the other is", () => {
  expect(sortOf(undefined, "-created_at")).toEqual({ id: "created_at", desc: true });
  expect(sortText({ id: "created_at", desc: true }, "-created_at")).toBeUndefined();
  expect(sortText({ id: "created_at", desc: false }, "-created_at")).toBe("created_at");
  expect(sortOf("-tenant_id", "tenant_id")).toEqual({ id: "tenant_id", desc: true });
});
