// Every failure of the API as one class: the problem document, or what stands in for it.
import type { ProblemBody } from "./types";

export class ApiError extends Error {
  override readonly name = "ApiError";
  /** HTTP status; 0 when no answer came. */
  readonly status: number;
  /** Stable, listed in docs/errors.md. */
  readonly code: string;
  readonly title: string;
  readonly detail: string | undefined;
  readonly request_id: string | undefined;
  readonly correlation_id: string | undefined;
  /** What the server asked for, milliseconds. */
  readonly retry_after_ms: number | undefined;
  /** The rest of the problem document: holder, diff, gates. */
  readonly extra: Readonly<Record<string, unknown>>;

  constructor(fields: {
    status: number;
    code: string;
    title: string;
    detail?: string | undefined;
    request_id?: string | undefined;
    correlation_id?: string | undefined;
    retry_after_ms?: number | undefined;
    extra?: Record<string, unknown>;
  }) {
    super(fields.detail ?? fields.title);
    this.status = fields.status;
    this.code = fields.code;
    this.title = fields.title;
    this.detail = fields.detail;
    this.request_id = fields.request_id;
    this.correlation_id = fields.correlation_id;
    this.retry_after_ms = fields.retry_after_ms;
    this.extra = fields.extra ?? {};
  }

  /** Whether asking again may help without anybody doing something. */
  get retryable(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }

  /** `503 log_unavailable`. */
  get label(): string {
    return this.status === 0 ? this.code : `${this.status} ${this.code}`;
  }
}

function isProblem(body: unknown): body is ProblemBody {
  return typeof body === "object" && body !== null && "code" in body && "title" in body;
}

function retryAfter(response: Response): number | undefined {
  const header = response.headers.get("retry-after");
  if (!header) return undefined;
  const seconds = Number(header);
  if (Number.isFinite(seconds)) return seconds * 1_000;
  const at = Date.parse(header);
  return Number.isNaN(at) ? undefined : Math.max(0, at - Date.now());
}

/** From an answer that is not a success. */
export function errorOf(response: Response, body: unknown): ApiError {
  const ids = {
    request_id: response.headers.get("x-request-id") ?? undefined,
    correlation_id: response.headers.get("x-correlation-id") ?? undefined,
  };
  if (!isProblem(body)) {
    return new ApiError({
      ...ids,
      status: response.status,
      code: "not_a_problem",
      title: `The API answered ${response.status} without saying why`,
      retry_after_ms: retryAfter(response),
    });
  }
  const {
    type: _type,
    title,
    status: _status,
    detail,
    code,
    request_id,
    correlation_id,
    ...extra
  } = body;
  return new ApiError({
    status: response.status,
    code,
    title,
    detail,
    request_id: request_id ?? ids.request_id,
    correlation_id: correlation_id ?? ids.correlation_id,
    retry_after_ms: retryAfter(response),
    extra,
  });
}

function causeText(cause: unknown): string {
  if (cause instanceof DOMException && cause.name === "TimeoutError") {
    return "No answer came within 30 s.";
  }
  return cause instanceof Error ? cause.message : String(cause);
}

/** From a request that got no answer. */
export function noAnswer(cause: unknown, request_id: string): ApiError {
  return new ApiError({
    status: 0,
    code: "no_answer",
    title: "The API does not answer",
    detail: causeText(cause),
    request_id,
  });
}
