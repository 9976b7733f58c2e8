import { expect, test } from "vitest";
import { diffLines, diffSets } from "./lines";

const text = (lines: string[]) => lines.join("\n");

test("a change stands between three lines of what stays, and the rest is counted", () => {
  const lines = Array.from({ length: 20 }, (_, index) => `line ${index}`);
  const changed = lines.with(10, "changed");
  expect(diffLines(text(lines), text(changed)).map(({ kind }) => kind)).toEqual([
    "skip",
    "same",
    "same",
    "same",
    "del",
    "add",
    "same",
    "same",
    "same",
    "skip",
  ]);
  expect(diffLines(text(lines), text(changed))[0]?.text).toBe("7 lines unchanged");
});

test("equal texts have nothing but what stays", () => {
  expect(diffLines("a", "a")).toEqual([{ kind: "same", text: "a" }]);
});

test("a set says what it loses and what it gains", () => {
  expect(diffSets(["a", "b"], ["b", "c"])).toEqual([
    { kind: "del", text: "a" },
    { kind: "add", text: "c" },
  ]);
  expect(diffSets(["a"], ["a"])).toEqual([]);
});
