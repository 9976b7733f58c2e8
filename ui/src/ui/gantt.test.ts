import { expect, test } from "vitest";
import { GANTT_WIDTH, gantt, tickEvery } from "./gantt";

const at = 1_000_000;

test("planned bars stand end to end and actual ones where they happened", () => {
  const { rows } = gantt(
    [
      { id: "a", plannedMs: 60_000, startedAt: at, finishedAt: at + 30_000 },
      { id: "b", plannedMs: 60_000, startedAt: at + 30_000, finishedAt: at + 90_000 },
    ],
    at,
    at + 90_000,
    false,
  );
  expect(rows[1]?.plan.x).toBeCloseTo(GANTT_WIDTH / 2);
  expect(rows[1]?.actual?.x).toBeCloseTo(GANTT_WIDTH / 4);
  expect(rows.map((row) => row.isLate)).toEqual([false, false]);
});

test("from a quarter over plan the part beyond it is late", () => {
  const run = (actual: number) =>
    gantt(
      [{ id: "a", plannedMs: 20_000, startedAt: at, finishedAt: at + actual }],
      at,
      at + actual,
      false,
    ).rows[0];
  expect(run(24_000)?.late).toBeUndefined();
  const late = run(31_000);
  expect(late?.isLate).toBe(true);
  expect(late?.late?.x).toBeGreaterThan(late?.actual?.x ?? 0);
});

test("what is left is forecast from now, and nothing is once the job has ended", () => {
  const input = [
    { id: "a", plannedMs: 5_000, startedAt: at },
    { id: "b", plannedMs: 120_000 },
  ];
  const open = gantt(input, at, at + 41_000, true);
  expect(open.rows[0]?.running).toBe(true);
  expect(open.rows[1]?.forecast?.x).toBeGreaterThan(open.nowX ?? 0);
  expect(open.endsAt).toBe(at + 41_000 + 1_250 + 120_000);
  const ended = gantt(input, at, at + 41_000, false);
  expect(ended.nowX).toBeUndefined();
  expect(ended.rows[1]?.forecast).toBeUndefined();
});

test("a job that has not started is all plan", () => {
  const { rows, nowX } = gantt([{ id: "a", plannedMs: 5_000 }], undefined, at, true);
  expect(rows[0]?.actual).toBeUndefined();
  expect(nowX).toBeUndefined();
});

test("an axis has at most nine lines", () => {
  for (const length of [1_000, 9_000, 61_000, 480_000, 7_200_000]) {
    expect(length / tickEvery(length)).toBeLessThanOrEqual(8);
  }
});
