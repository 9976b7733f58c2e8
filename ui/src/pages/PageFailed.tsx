import type { ErrorComponentProps } from "@tanstack/react-router";
import { Failed } from "~/components/problem";

/** Shown when a page itself breaks or its session cannot be read. */
export function PageFailed({ error, reset }: ErrorComponentProps) {
  return (
    <Failed
      error={error}
      title="This page cannot be shown"
      stillTrue="Jobs go on without the console."
      onRetry={reset}
    />
  );
}
