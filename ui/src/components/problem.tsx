// A failed read as a part of the page, and a failed mutation as a toast.
import type { ReactNode } from "react";
import { ApiError } from "~/api/errors";
import { ErrorState, type Problem } from "~/ui/ErrorState";
import { toastError } from "~/ui/Toast";

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

export function Failed({
  error,
  title,
  stillTrue,
  onRetry,
}: {
  error: unknown;
  title: string;
  stillTrue?: ReactNode;
  onRetry?: () => void;
}) {
  return (
    <ErrorState
      problem={problemOf(error, title)}
      stillTrue={stillTrue}
      {...(onRetry ? { onRetry } : {})}
    />
  );
}

export function toastProblem(error: unknown, title: string): void {
  const problem = problemOf(error, title);
  const ids = [
    problem.requestId && { id: problem.requestId, noun: "request id" },
    problem.correlationId && { id: problem.correlationId, noun: "correlation id" },
  ].filter((entry) => typeof entry === "object");
  toastError(title, `${problem.code}: ${problem.detail ?? ""}`, ids);
}
