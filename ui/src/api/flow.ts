// One user-visible flow: a dialog from its plan to its job. The first answer names the flow and its
// trace; every later request continues both.

export type Flow = {
  correlation_id?: string | undefined;
  traceparent?: string | undefined;
};

export function newFlow(): Flow {
  return {};
}

/** A flow somebody else began, e.g. the one of a job whose reverse is asked for. */
export function continueFlow(correlation_id: string): Flow {
  return { correlation_id };
}

/** Headers for the next request; none while the flow has no name, so that the server gives it one. */
export function flowHeaders(flow: Flow | undefined): Record<string, string> {
  const headers: Record<string, string> = {};
  if (flow?.correlation_id) headers["x-correlation-id"] = flow.correlation_id;
  if (flow?.traceparent) headers.traceparent = childOf(flow.traceparent);
  return headers;
}

export function learnFlow(flow: Flow | undefined, response: Response): void {
  if (!flow) return;
  flow.correlation_id ??= response.headers.get("x-correlation-id") ?? undefined;
  flow.traceparent ??= response.headers.get("traceparent") ?? undefined;
}

/** Same trace and flags, a span id of our own. */
function childOf(traceparent: string): string {
  const [version, trace, , flags] = traceparent.split("-");
  if (!version || !trace || !flags) return traceparent;
  const span = Array.from(crypto.getRandomValues(new Uint8Array(8)), (byte) =>
    byte.toString(16).padStart(2, "0"),
  ).join("");
  return `${version}-${trace}-${span}-${flags}`;
}
