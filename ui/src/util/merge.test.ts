import { expect, test } from "vitest";
import { mergeFields, mergeJson, same } from "./merge";

test("what only one side touched is taken from that side, at any depth", () => {
  const base = { a: 1, limits: { x: 1, y: 1 }, gone: true };
  const mine = { a: 1, limits: { x: 2, y: 1 }, gone: true, new: "m" };
  const theirs = { a: 5, limits: { x: 1, y: 1, z: 9 } };
  expect(mergeJson(base, mine, theirs)).toEqual({
    value: { a: 5, limits: { x: 2, y: 1, z: 9 }, new: "m" },
    conflicts: [],
  });
});

test("what both sides touched stays as the operator wrote it, and is named", () => {
  const merged = mergeJson(
    { a: { b: 1 }, l: [1] },
    { a: { b: 2 }, l: [1, 2] },
    { a: { b: 3 }, l: [] },
  );
  expect(merged.value).toEqual({ a: { b: 2 }, l: [1, 2] });
  expect(merged.conflicts).toEqual(["a.b", "l"]);
});

test("a key that one side removed and the other changed is a conflict", () => {
  expect(mergeJson({ a: 1 }, {}, { a: 2 })).toEqual({ value: {}, conflicts: ["a"] });
  expect(mergeJson({ a: 1 }, { a: 2 }, {})).toEqual({ value: { a: 2 }, conflicts: ["a"] });
});

test("lists of names are sets: each side's additions and removals hold", () => {
  const merged = mergeFields(
    { roles: ["a", "b"], name: "x" },
    { roles: ["a", "b", "mine"], name: "x" },
    { roles: ["a", "theirs"], name: "y" },
  );
  expect(merged).toEqual({ value: { roles: ["a", "mine", "theirs"], name: "y" }, conflicts: [] });
});

test("the order of keys is no difference", () => {
  expect(same({ a: 1, b: [{ c: 1 }] }, { b: [{ c: 1 }], a: 1 })).toBe(true);
  expect(same({ a: 1 }, { a: 1, b: undefined })).toBe(true);
  expect(same([1, 2], [2, 1])).toBe(false);
});
