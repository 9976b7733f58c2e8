// A failure in words: for a part of the page, or as a toast.
import { ApiError } from "~/api/errors";
import type { Problem } from "~/ui/ErrorState";
import { toastError } from "~/util/toasts";

export function problemOf(error: unknown, title?: string): Problem {
  if (error instanceof ApiError) {
    return {
      title: title ?? error.title,
      detail: error.detail ?? error.title,
      code: error.label,
      requestId: error.request_id,
      correlationId: error.correlation_id,
    };
  }
  return {
    title: title ?? "This page failed",
    detail: error instanceof Error ? error.message : String(error),
    code: "console_error",
  };
}

export function toastProblem(error: unknown, title: string): void {
  const problem = problemOf(error, title);
  const ids = [
    problem.requestId && { id: problem.requestId, noun: "request id" },
    problem.correlationId && { id: problem.correlationId, noun: "correlation id" },
  ].filter((entry) => typeof entry === "object");
  toastError(title, `${problem.code}: ${problem.detail ?? ""}`, ids);
}
