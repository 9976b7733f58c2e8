import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { EventFeed, WATCHDOG_MS } from "./feed";
import type { Message } from "./parse";

type Call = { headers: Record<string, string>; write: (text: string) => void; end: () => void };
let calls: Call[];
let answer: (call: number) => number;
let messages: Message[];

function feed(): EventFeed {
  const fetchLike = (async (_url: string, init: RequestInit) => {
    const status = answer(calls.length);
    let controller: ReadableStreamDefaultController<Uint8Array> | undefined;
    const body = new ReadableStream<Uint8Array>({
      start(c) {
        controller = c;
      },
    });
    init.signal?.addEventListener("abort", () => {
      try {
        controller?.error(new Error("aborted"));
      } catch {
        // Already ended.
      }
    });
    calls.push({
      headers: init.headers as Record<string, string>,
      write: (text) => controller?.enqueue(new TextEncoder().encode(text)),
      end: () => controller?.close(),
    });
    return new Response(status === 200 ? body : null, { status });
  }) as typeof fetch;
  return new EventFeed(
    {
      url: "/admin/v1/events",
      fetch: fetchLike,
      now: () => Date.now(),
      random: () => 1,
      setTimer: (run, ms) => setTimeout(run, ms) as unknown as number,
      clearTimer: (timer) => clearTimeout(timer),
    },
    (message) => messages.push(message),
  );
}

beforeEach(() => {
  vi.useFakeTimers();
  calls = [];
  messages = [];
  answer = () => 200;
});
afterEach(() => vi.useRealTimers());
const settle = () => vi.advanceTimersByTimeAsync(0);

test("a message that comes in pieces arrives whole, with its position", async () => {
  const it = feed();
  it.open();
  await settle();
  calls[0]?.write("event: row\nid: 1-90");
  calls[0]?.write('347\ndata: {"a":\ndata: 1}\n\n');
  await settle();
  expect(messages).toEqual([{ id: "1-90347", event: "row", data: '{"a":\n1}' }]);
  expect(it.get().state).toBe("live");
});

test("it resumes from the newest position after the connection ends", async () => {
  const it = feed();
  it.open();
  await settle();
  calls[0]?.write("id: 1-7\ndata: x\n\n");
  await settle();
  calls[0]?.end();
  await settle();
  expect(it.get().state).toBe("retrying");
  await vi.advanceTimersByTimeAsync(500);
  expect(calls[1]?.headers["last-event-id"]).toBe("1-7");
  expect(calls[0]?.headers["last-event-id"]).toBeUndefined();
});

test("a silent connection is given up by the watchdog, a heartbeat keeps it", async () => {
  const it = feed();
  it.open();
  await settle();
  await vi.advanceTimersByTimeAsync(WATCHDOG_MS - 1_000);
  calls[0]?.write(": beat\n\n");
  await vi.advanceTimersByTimeAsync(WATCHDOG_MS - 1_000);
  expect(it.get().state).toBe("live");
  await vi.advanceTimersByTimeAsync(2_000);
  expect(calls.length).toBeGreaterThan(1);
});

test("it stops for good on 401 and asks nothing more", async () => {
  answer = () => 401;
  const it = feed();
  it.open();
  await settle();
  expect(it.get()).toMatchObject({ state: "stopped", stoppedBy: 401 });
  await vi.advanceTimersByTimeAsync(3_600_000);
  it.open();
  await settle();
  expect(calls).toHaveLength(1);
});

test("a hidden tab fetches nothing; a visible one opens again at once", async () => {
  const it = feed();
  it.open();
  await settle();
  it.hide();
  await vi.advanceTimersByTimeAsync(600_000);
  expect(calls).toHaveLength(1);
  expect(it.get().state).toBe("hidden");
  it.open();
  await settle();
  expect(calls).toHaveLength(2);
});

test("failures wait longer and longer, up to the cap", async () => {
  answer = () => 503;
  feed().open();
  await settle();
  const waits = [500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000];
  for (const [index, wait] of waits.entries()) {
    await vi.advanceTimersByTimeAsync(wait - 1);
    expect(calls).toHaveLength(index + 1);
    await vi.advanceTimersByTimeAsync(1);
    expect(calls).toHaveLength(index + 2);
  }
});
