// A failed read as a part of the page.
import type { ReactNode } from "react";
import { ErrorState } from "~/ui/ErrorState";
import { problemOf } from "./tell";

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
