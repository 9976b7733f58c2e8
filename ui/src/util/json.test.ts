import { expect, test } from "vitest";
import { canonical, parseObject } from "./json";

const wrong = (text: string) => {
  const parsed = parseObject(text);
  return parsed.ok ? undefined : parsed.wrong;
};

test("a mistake is named with its line", () => {
  expect(wrong('{\n  "a": 1\n  "b": 2\n}')).toEqual({
    line: 3,
    what: "a comma is needed before this",
  });
  expect(wrong('{\n  "a": \n}')?.line).toBe(3);
  expect(wrong('{\n  "a": 1,\n}')?.line).toBe(3);
  expect(wrong('{ "a": 1 } 2')?.what).toBe("nothing may follow the end of the document");
  expect(wrong('{\n  // why\n  "a": 1 }')).toEqual({ line: 2, what: "JSON has no comments" });
  expect(wrong('{\n "a": "x\n}')?.line).toBe(2);
});

test("what JSON.parse would silently lose is refused", () => {
  expect(wrong('{ "a": 1,\n "a": 2 }')).toEqual({ line: 2, what: "“a” is there twice" });
  expect(wrong('{\n "id": 9007199254740993 }')?.what).toMatch(/loses digits/);
  expect(wrong('{ "a": 1e999 }')?.what).toBe("this number is too large");
  expect(wrong('{ "a": { "x": 1 }, "b": { "x": 1 } }')).toBeUndefined();
});

test("only an object is a document", () => {
  for (const text of ["", " ", "[1]", "null", '"x"', "3"]) expect(wrong(text)?.line).toBe(1);
  expect(parseObject('{ "a": 1.5e3 }')).toEqual({ ok: true, value: { a: 1500 } });
});

test("two texts of the same content compare equal", () => {
  expect(canonical({ b: [{ d: 1, c: 2 }], a: 1 })).toBe(canonical({ a: 1, b: [{ c: 2, d: 1 }] }));
});
