import { expect, test } from "vitest";
import { csv } from "./csv";

test("quotes, commas and line breaks survive, and no cell is a formula", () => {
  expect(
    csv(
      ["a", "b"],
      [
        ['say "x", y', "=1+1"],
        [null, 7],
      ],
    ),
  ).toBe('a,b\r\n"say ""x"", y",\'=1+1\r\n,7');
});
