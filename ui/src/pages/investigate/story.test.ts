import { expect, test } from "vitest";
import type { AuditRow, JobEvent } from "~/api/types";
import { storyOf } from "./story";

const event = (seq: number, at: string, type: string): JobEvent => ({
  seq,
  at: `2026-11-24T14:02:${at}Z`,
  type,
  event: {
    type,
    step_id: "09.barrier",
    attempt: 1,
    error: { message: "gw-03 behind" },
    evidence: { type: "done" },
  } as never,
});
const record = (seq: string, stream: AuditRow["stream"], at: string): AuditRow => ({
  seq,
  stream,
  sequence: 1,
  at: `2026-11-24T14:02:${at}Z`,
  operation: "jobs.create",
  result: "denied",
});

test("events and records stand in order of time, and nothing twice", () => {
  const story = storyOf(
    [event(2, "13.500", "StepStarted"), event(3, "15.000", "StepSucceeded")],
    [record("evt-2", "events", "13.500"), record("aud-7", "audit", "12.000")],
  );
  expect(story.map(({ ref, sinceMs }) => [ref, sinceMs])).toEqual([
    ["aud-7", undefined],
    ["2", 1_500],
    ["3", 1_500],
  ]);
});

test("only the first warning is the first sign", () => {
  const story = storyOf(
    [
      event(1, "10.000", "StepStarted"),
      event(2, "11.000", "StepAttemptFailed"),
      event(3, "12.000", "StepAttemptFailed"),
    ],
    [],
  );
  expect(story.map(({ firstSign }) => firstSign)).toEqual([false, true, false]);
});
