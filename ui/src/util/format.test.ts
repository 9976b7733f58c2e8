import { expect, test } from "vitest";
import { age, buildText, clock, position, shortId, signedSpan, span } from "./format";

const plain = (text: string) => text.replaceAll("\u00a0", " ");

test("an age shows tenths below ten seconds and never gets wider than it must", () => {
  expect(plain(age(340))).toBe("0.3 s");
  expect(plain(age(9_999))).toBe("9.9 s");
  expect(plain(age(41_000))).toBe("41 s");
  expect(plain(age(62_000))).toBe("1 m 02 s");
  expect(plain(age(4_560_000))).toBe("1 h 16 m");
  expect(plain(age(-5))).toBe("0.0 s");
});

test("a planned length has no zero parts", () => {
  expect(plain(span(120_000))).toBe("2 m");
  expect(plain(span(232_000))).toBe("3 m 52 s");
  expect(plain(span(2_000))).toBe("2 s");
  expect(plain(span(1_400))).toBe("1.4 s");
  expect(plain(span(38))).toBe("38 ms");
  expect(plain(span(59_900))).toBe("1 m");
  expect(plain(signedSpan(72_000))).toBe("+1 m 12 s");
});

test("an id is cut in the middle, never at its end", () => {
  expect(shortId("job_01J9ZK7Q4M8V2T6RX3WB5NCE0H")).toBe("job_01J9…CE0H");
  expect(shortId("9c41f0a27be84d1fb3a65e0c7d2918f4")).toBe("9c41f0…18f4");
  expect(shortId("acme")).toBe("acme");
});

test("a time carries its date as soon as it is not today", () => {
  const now = new Date("2026-11-24T14:07:36Z");
  const at = new Date("2026-11-24T14:02:11.004Z");
  expect(clock(at, "utc", "auto", now)).toBe("14:02:11Z");
  expect(clock(at, "utc", "millis", now)).toBe("14:02:11.004Z");
  expect(clock(at, "utc", "full", now)).toBe("2026-11-24 14:02:11Z");
  expect(clock(at, "utc", "auto", new Date("2026-11-25T00:00:00Z"))).toBe("2026-11-24 14:02:11Z");
  expect(clock(new Date("no"), "utc", "auto", now)).toBe("unknown");
});

test("a fence always names its incarnation, a sequence only above one", () => {
  expect(position("1-90310", true)).toBe("1·90,310");
  expect(position("1-90310")).toBe("90,310");
  expect(position("2-7")).toBe("2·7");
});

test("a build is its version and the beginning of its commit, as git says it", () => {
  expect(buildText("0.9.3 (4c1e7ab52d10)")).toBe("0.9.3 · 4c1e7ab");
  expect(buildText("0.9.3 (4c1e7ab)")).toBe("0.9.3 · 4c1e7ab");
  expect(buildText("0.9.3 (unknown)")).toBe("0.9.3 · dev build");
});
