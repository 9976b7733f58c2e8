import { expect, test } from "vitest";
import type { JobEvent } from "~/api/types";
import { eventText, foldEvents } from "./eventText";

const event = (seq: number, type: string, fields: Record<string, unknown> = {}): JobEvent => ({
  seq,
  at: "2026-11-24T14:07:33.911Z",
  type,
  event: { type, ...fields } as JobEvent["event"],
});

test("each event reads as a sentence", () => {
  const of = (type: string, fields: Record<string, unknown>) =>
    eventText(event(1, type, fields)).replaceAll("\u00a0", " ");
  expect(of("RetryScheduled", { step_id: "09.barrier", attempt: 8, delay_ms: 5_300 })).toBe(
    "09.barrier, attempt 8 in 5.3 s",
  );
  expect(
    of("StepSucceeded", {
      step_id: "07.flip",
      evidence: { type: "flipped", shard: "prj-05", epoch: 8, revision: 2_418 },
    }),
  ).toBe("07.flip, now prj-05, epoch 8, revision 2,418");
  expect(
    of("Paused", { cause: { type: "gate_unknown", gate: "source.ready", step_id: "04.drain" } }),
  ).toBe("gate source.ready is unknown before 04.drain");
  expect(of("SomethingNewer", { step_id: "01.probe-undo" })).toBe("01.probe-undo");
});

test("a long run of retries folds, its newest pair stays", () => {
  const retries = Array.from({ length: 14 }, (_, index) =>
    event(100 - index, index % 2 ? "StepAttemptFailed" : "RetryScheduled", {
      step_id: "09.barrier",
    }),
  );
  const lines = foldEvents([...retries, event(10, "StepStarted", { step_id: "09.barrier" })]);
  expect(lines.map((line) => line.kind)).toEqual(["event", "event", "fold", "event"]);
  const fold = lines[2];
  expect(fold?.kind === "fold" && fold.events.length).toBe(12);
});

test("a short run is shown whole", () => {
  const lines = foldEvents([
    event(3, "RetryScheduled", { step_id: "a" }),
    event(2, "StepAttemptFailed", { step_id: "a" }),
  ]);
  expect(lines).toHaveLength(2);
});
