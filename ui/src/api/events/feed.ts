// One event stream a tab. Closes when the tab is hidden, resumes with Last-Event-ID, notices a
// silent connection by a watchdog, backs off with full jitter, and stops for good on 401 and 403.
// Must not know what the rows mean: apply.ts does.
import { learnServerTime } from "~/util/clock";
import { newId } from "../ids";
import { type Message, messageParser } from "./parse";

/** The server sends something at least this often. */
export const HEARTBEAT_MS = 15_000;
/** Two heartbeats missed and a little: the connection is dead. */
export const WATCHDOG_MS = 2 * HEARTBEAT_MS + 2_000;
const BACKOFF_FIRST_MS = 500;
const BACKOFF_CAP_MS = 30_000;

export type FeedStatus = {
  state: "idle" | "connecting" | "live" | "retrying" | "hidden" | "stopped";
  /** When the last message or heartbeat came, milliseconds since the epoch. */
  lastBeat: number | undefined;
  /** Position of the newest row, `<incarnation>-<seq>`. */
  lastId: string | undefined;
  /** Status that stopped it: 401 or 403. */
  stoppedBy?: number | undefined;
};

export type FeedPorts = {
  url: string;
  fetch: typeof fetch;
  now: () => number;
  random: () => number;
  setTimer: (run: () => void, ms: number) => number;
  clearTimer: (timer: number | undefined) => void;
};

export class EventFeed {
  #ports: FeedPorts;
  #onMessage: (message: Message) => void;
  #status: FeedStatus = { state: "idle", lastBeat: undefined, lastId: undefined };
  #listeners = new Set<() => void>();
  #abort: AbortController | undefined;
  #watchdog: number | undefined;
  #retry: number | undefined;
  #failures = 0;

  constructor(ports: FeedPorts, onMessage: (message: Message) => void) {
    this.#ports = ports;
    this.#onMessage = onMessage;
  }

  readonly get = (): FeedStatus => this.#status;
  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Opens the stream unless it is open or was stopped. */
  open(): void {
    const { state } = this.#status;
    if (state === "connecting" || state === "live" || state === "stopped") return;
    this.#ports.clearTimer(this.#retry);
    void this.#run();
  }

  /** The tab is not looked at: nothing is fetched until it is. */
  hide(): void {
    if (this.#status.state === "stopped") return;
    this.#close();
    this.#set({ state: "hidden" });
  }

  /** Ends it, e.g. on sign-out; a new session makes a new feed. */
  close(): void {
    this.#close();
    this.#set({ state: "idle" });
  }

  #close(): void {
    this.#ports.clearTimer(this.#watchdog);
    this.#ports.clearTimer(this.#retry);
    this.#abort?.abort();
    this.#abort = undefined;
  }

  #set(change: Partial<FeedStatus>): void {
    this.#status = { ...this.#status, ...change };
    for (const each of this.#listeners) each();
  }

  #beat(): void {
    this.#ports.clearTimer(this.#watchdog);
    this.#watchdog = this.#ports.setTimer(() => {
      this.#close();
      this.#again();
    }, WATCHDOG_MS);
    this.#set({ state: "live", lastBeat: this.#ports.now() });
  }

  #again(): void {
    this.#ports.clearTimer(this.#watchdog);
    const ceiling = Math.min(BACKOFF_CAP_MS, BACKOFF_FIRST_MS * 2 ** this.#failures);
    this.#failures += 1;
    this.#set({ state: "retrying" });
    this.#retry = this.#ports.setTimer(() => void this.#run(), this.#ports.random() * ceiling);
  }

  async #run(): Promise<void> {
    const abort = new AbortController();
    this.#abort = abort;
    this.#set({ state: "connecting" });
    try {
      const headers: Record<string, string> = {
        accept: "text/event-stream",
        "x-request-id": newId("req_"),
      };
      if (this.#status.lastId) headers["last-event-id"] = this.#status.lastId;
      const response = await this.#ports.fetch(this.#ports.url, {
        headers,
        signal: abort.signal,
        credentials: "same-origin",
        cache: "no-store",
      });
      if (response.status === 401 || response.status === 403) {
        this.#close();
        this.#set({ state: "stopped", stoppedBy: response.status });
        return;
      }
      if (!response.ok || !response.body) throw new Error(`events answered ${response.status}`);
      learnServerTime(response.headers.get("date"));
      this.#failures = 0;
      this.#beat();
      await this.#read(response.body);
      throw new Error("events ended");
    } catch {
      // Whatever ended it, the way on is the same: again, later, from where it stood.
      if (!abort.signal.aborted) this.#again();
    }
  }

  async #read(body: ReadableStream<Uint8Array>): Promise<void> {
    const feed = messageParser(
      (message) => {
        if (message.id) this.#status = { ...this.#status, lastId: message.id };
        this.#onMessage(message);
      },
      () => {},
    );
    const reader = body.getReader();
    const decoder = new TextDecoder();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      this.#beat();
      feed(decoder.decode(value, { stream: true }));
    }
  }
}
