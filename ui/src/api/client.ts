// The only fetcher of the console. Puts ids on every request, turns every failure into ApiError,
// keeps the last ids, and tells the session when the cookie is no longer good.
import createClient, { type Middleware } from "openapi-fetch";
import { learnServerTime } from "~/util/clock";
import type { paths } from "./__generated__/schema";
import { ApiError, errorOf, noAnswer } from "./errors";
import { type Flow, flowHeaders, learnFlow } from "./flow";
import { newId, remember } from "./ids";
import type { ProblemBody } from "./types";

/** Answers a cross-site form cannot ask for. */
const CSRF = { "x-control-ui": "1" } as const;

/** No request of the console takes longer; a mutation that does has an unknown end. */
const TIMEOUT_MS = 30_000;

const listeners = new Set<() => void>();
/** From the first 401 until somebody signs in: a page that polls must not knock on a closed door. */
let signedOut = false;

/** Called when the API no longer knows the session; not by a sign-in that is refused. */
export function onSignedOut(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Also for the event stream, which is not read through this client. */
export function sessionIsGone(): void {
  if (signedOut) return;
  signedOut = true;
  for (const each of listeners) each();
}

/** For tests, which begin anew. */
export function forgetSession(): void {
  signedOut = false;
}

const isSignIn = (request: Request) =>
  request.method === "POST" && new URL(request.url).pathname === "/admin/v1/session";
const needsSession = (request: Request) =>
  new URL(request.url).pathname.startsWith("/admin/") && !isSignIn(request);

function closedDoor(): Response {
  const body: ProblemBody = {
    title: "Nobody is signed in",
    detail: "The session has ended.",
    status: 401,
    code: "unauthenticated",
  };
  const headers = { "content-type": "application/problem+json" };
  return new Response(JSON.stringify(body), { status: 401, headers });
}

const ids: Middleware = {
  onRequest({ request }) {
    if (!request.headers.has("x-request-id")) request.headers.set("x-request-id", newId("req_"));
    if (request.method !== "GET") {
      for (const [name, value] of Object.entries(CSRF)) request.headers.set(name, value);
    }
    return signedOut && needsSession(request) ? closedDoor() : request;
  },
  onResponse({ request, response }) {
    learnServerTime(response.headers.get("date"));
    note(request, response.status, response);
    if (isSignIn(request)) signedOut = signedOut && !response.ok;
    else if (response.status === 401) sessionIsGone();
    return response;
  },
  onError({ request, error }) {
    const request_id = request.headers.get("x-request-id") ?? "";
    if (request.signal.aborted) return error instanceof Error ? error : new Error(String(error));
    note(request, 0);
    return noAnswer(error, request_id);
  },
};

function note(request: Request, status: number, response?: Response): void {
  const correlation_id = response?.headers.get("x-correlation-id");
  remember({
    at: new Date().toISOString(),
    what: `${request.method} ${new URL(request.url).pathname}`,
    status,
    request_id: response?.headers.get("x-request-id") ?? request.headers.get("x-request-id") ?? "",
    ...(correlation_id ? { correlation_id } : {}),
  });
}

export const api = createClient<paths>({
  baseUrl: typeof location === "undefined" ? "http://localhost" : location.origin,
  credentials: "same-origin",
  fetch: (request) =>
    globalThis.fetch(request, {
      signal: AbortSignal.any([request.signal, AbortSignal.timeout(TIMEOUT_MS)]),
    }),
});
api.use(ids);

type Answer<T> = { data?: T; error?: unknown; response: Response };

/** The body of a success; throws ApiError otherwise. */
export async function unwrap<T>(answer: Promise<Answer<T>>, flow?: Flow): Promise<T> {
  const { data, error, response } = await answer;
  learnFlow(flow, response);
  if (!response.ok) throw errorOf(response, error);
  return data as T;
}

/** Headers of a mutation: the flow it continues. */
export function headersOf(flow?: Flow, more: Record<string, string> = {}): Record<string, string> {
  return { ...flowHeaders(flow), ...more };
}

export function isApiError(error: unknown): error is ApiError {
  return error instanceof ApiError;
}

/** Reads ask again only when that may help, and never more than twice. */
export function shouldRetry(failures: number, error: unknown): boolean {
  return failures < 2 && isApiError(error) && error.retryable;
}

/** The server's own wish, else full jitter over 0.5 s · 2ⁿ, capped at 15 s. */
export function retryDelay(failures: number, error: unknown): number {
  if (isApiError(error) && error.retry_after_ms !== undefined) return error.retry_after_ms;
  return Math.random() * Math.min(15_000, 500 * 2 ** failures);
}
