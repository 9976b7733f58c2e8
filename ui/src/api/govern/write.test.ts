import { expect, test } from "vitest";
import { encodeReason, plainHeaders, reasonLacks, writeHeaders } from "./write";

test("a reason in any language travels as visible ASCII and comes back", () => {
  expect(encodeReason("größer 5%")).toBe("gr%C3%B6%C3%9Fer 5%25");
  for (const reason of ["größer 5%", "a", "ünï %41", "日本 🚀 ok", "x".repeat(500)]) {
    expect(encodeReason(reason)).toMatch(/^[\x20-\x7e]+$/);
    expect(decodeURIComponent(encodeReason(reason))).toBe(reason);
  }
  expect(encodeReason("  why \n")).toBe("why");
});

test("a reason is counted in characters, as the API counts", () => {
  expect(reasonLacks(" ")).toBe("A reason is needed");
  expect(reasonLacks("🚀".repeat(500))).toBeUndefined();
  expect(reasonLacks("🚀".repeat(501))).toBe("The reason is 1 characters too long");
});

test("a change names the version it rests on, and a creation that there must be none", () => {
  expect(writeHeaders({ reason: "r", version: 7 })).toEqual({ "x-reason": "r", "if-match": '"7"' });
  expect(writeHeaders({ reason: "r" })).toEqual({ "x-reason": "r", "if-none-match": "*" });
  expect(plainHeaders({ reason: "r", flow: { correlation_id: "cor_1" } })).toEqual({
    "x-reason": "r",
    "x-correlation-id": "cor_1",
  });
});
